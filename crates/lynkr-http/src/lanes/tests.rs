//! Where tasks go, and what each lane has for itself.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc;

use super::*;

fn own() -> Option<usize> {
    LANE.get()
}

#[tokio::test]
async fn tasks_go_where_the_fewest_are_and_stay_there() {
    let lanes = Lanes::start(Habits::default()).unwrap();
    let (said, mut heard) = mpsc::channel(2 * most());
    let (hold, held) = tokio::sync::watch::channel(());
    for _ in 0..2 * most() {
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
    let mut times = vec![0; most()];
    for _ in 0..2 * most() {
        let (before, after, inner) = heard.recv().await.unwrap();
        assert!(before == after && before == inner, "{before:?} {after:?} {inner:?}");
        times[before.unwrap()] += 1;
    }
    assert_eq!(times, vec![2; most()]);
    drop(hold);
}

#[test]
fn each_lane_has_its_own_and_all_other_threads_have_one() {
    let values = Arc::new(PerLane::new());
    let made = AtomicUsize::new(0);
    let make = || made.fetch_add(1, Ordering::Relaxed);
    assert_eq!((*values.get_or_init(make), *values.get_or_init(make)), (0, 0));
    thread::scope(|scope| {
        assert_eq!(scope.spawn(|| *values.get_or_init(make)).join().unwrap(), 0);
    });
    let lanes = Lanes::start(Habits::default()).unwrap();
    let (said, heard) = std::sync::mpsc::channel();
    for _ in 0..most() {
        let (said, values) = (said.clone(), Arc::clone(&values));
        lanes.spawn(async move {
            let lane = own().unwrap();
            let first = *values.get_or_init(|| 100 + lane);
            assert_eq!(*values.get_or_init(|| unreachable!("it is there")), first);
            said.send(first).unwrap();
            std::future::pending::<()>().await;
        });
    }
    let own: BTreeSet<usize> = heard.iter().take(most()).collect();
    assert_eq!(own, (100..100 + most()).collect());
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
