//! What each code of either database means to a caller.

use super::*;

#[test]
fn codes_say_what_can_be_done() {
    let rows = [
        (sqlite_verdict("5"), Verdict::Busy),
        (sqlite_verdict("517"), Verdict::Busy),
        (sqlite_verdict("1032"), Verdict::ReadOnly),
        (sqlite_verdict("13"), Verdict::Full),
        (sqlite_verdict("2067"), Verdict::Refused),
        (sqlite_verdict("26"), Verdict::Corrupt),
        (sqlite_verdict("no number"), Verdict::Refused),
        (postgres_verdict("57P01"), Verdict::Busy),
        (postgres_verdict("57014"), Verdict::Busy),
        (postgres_verdict("53100"), Verdict::Full),
        (postgres_verdict("53300"), Verdict::Busy),
        (postgres_verdict("25006"), Verdict::ReadOnly),
        (postgres_verdict("23505"), Verdict::Refused),
        (postgres_verdict("28P01"), Verdict::Refused),
        (postgres_verdict(""), Verdict::Refused),
    ];
    for (index, (got, wanted)) in rows.into_iter().enumerate() {
        assert_eq!(got, wanted, "row {index}");
    }
}

#[test]
fn what_may_pass_is_the_gateways_own_503() {
    let error = StoreError::from(sqlx::Error::PoolTimedOut);
    assert_eq!(
        (error.kind(), error.blame(), error.may_pass()),
        (FaultKind::Unavailable, Blame::Gateway, true)
    );
    let error = StoreError::Corrupt("x".into());
    assert_eq!((error.kind(), error.retry()), (FaultKind::Internal, Retry::Never));
}
