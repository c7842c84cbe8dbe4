//! Where tasks go, and what each lane has for itself.

use std::time::Duration;

use tokio::sync::mpsc;

use super::*;

fn own() -> Option<usize> {
    lane::own()
}

#[tokio::test]
async fn tasks_go_where_the_fewest_are_and_stay_there() {
    let lanes = Lanes::start(Habits::default()).unwrap();
    let (said, mut heard) = mpsc::channel(2 * lane::count());
    let (hold, held) = tokio::sync::watch::channel(());
    for _ in 0..2 * lane::count() {
        let (said, mut held) = (said.clone(), held.clone());
        lanes.spawn(async move {
            let before = own();
            tokio::time::sleep(Duration::from_millis(5)).await;
            let inner = tokio::spawn(async { own() }).await.unwrap();
            said.send((before, own(), inner)).await.unwrap();
            // Until it is let go it is one of its lane's tasks.
            let _ = held.changed().await;
        });
    }
    let mut times = vec![0; lane::count()];
    for _ in 0..2 * lane::count() {
        let (before, after, inner) = heard.recv().await.unwrap();
        assert!(before == after && before == inner, "{before:?} {after:?} {inner:?}");
        times[before.unwrap()] += 1;
    }
    assert_eq!(times, vec![2; lane::count()]);
    drop(hold);
}

#[test]
fn dropping_ends_what_is_on_them_and_doesnt_wait_for_blocking_work() {
    struct Told(std::sync::mpsc::Sender<()>);
    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let lanes = Lanes::start(Habits::default()).unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    let (begun, begins) = std::sync::mpsc::channel();
    let (go, going) = std::sync::mpsc::channel::<()>();
    let told = Told(said);
    lanes.spawn(async move {
        let _told = told;
        begun.send(()).unwrap();
        let _ = tokio::task::spawn_blocking(move || going.recv()).await;
    });
    begins.recv().unwrap();
    drop(lanes);
    heard.try_recv().expect("the task is gone when the lanes are");
    drop(go);
}
