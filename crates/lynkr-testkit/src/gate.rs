//! A point where a script waits for the test: lets a test hold a stream half open without sleeping.

use std::sync::Arc;

use tokio::sync::watch;

/// A one-way gate between a test and a script; clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    open: Arc<watch::Sender<bool>>,
    reached: Arc<watch::Sender<bool>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self { open: Arc::new(watch::Sender::new(false)), reached: Arc::new(watch::Sender::new(false)) }
    }

    /// Lets the script pass, whether it already waits or comes later.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Resolves once a script stands at the gate: everything before it has been sent.
    pub async fn reached(&self) {
        wait_until_true(&self.reached).await;
    }

    pub(crate) async fn pass(&self) {
        self.reached.send_replace(true);
        wait_until_true(&self.open).await;
    }
}

async fn wait_until_true(flag: &watch::Sender<bool>) {
    // The error case is a dropped sender, which the borrow of `flag` rules out.
    let _ = flag.subscribe().wait_for(|value| *value).await;
}
