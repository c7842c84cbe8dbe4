//! Retries stay a fifth of the load.

use super::RetryBudgets;

#[test]
fn a_quiet_upstream_may_be_retried_at_once() {
    let budgets = RetryBudgets::default();
    let granted = (0..20).filter(|_| budgets.withdraw("openai")).count();
    assert_eq!(granted, 10);
    assert!(budgets.withdraw("anthropic"), "each upstream has its own");
}

#[test]
fn in_an_outage_retries_are_a_fifth_of_the_requests() {
    let budgets = RetryBudgets::default();
    let mut retries = 0;
    for _ in 0..1_000 {
        budgets.deposit("openai");
        // Every request fails and would be sent three more times.
        retries += (0..3).filter(|_| budgets.withdraw("openai")).count();
    }
    assert_eq!(retries, 200 + 10);
}

#[test]
fn good_times_save_up_a_bounded_number() {
    let budgets = RetryBudgets::default();
    for _ in 0..1_000_000 {
        budgets.deposit("openai");
    }
    assert_eq!((0..1_000).filter(|_| budgets.withdraw("openai")).count(), 100);
}
