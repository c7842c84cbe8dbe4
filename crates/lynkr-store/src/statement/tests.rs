//! Texts and values of statements.

use super::*;

static INSERT: Insert = Insert::new("t", &["id", "b"]);

fn put(number: i64, values: &mut Vec<Value>) {
    values.extend([Value::from(number), Value::from("x")]);
}

#[test]
fn rows_go_in_few_sizes_and_none_is_lost() {
    for count in [0_i64, 1, 7, 8, 9, 63, 64, 65, 137] {
        let rows: Vec<i64> = (0..count).collect();
        let statements = INSERT.statements(&rows, put);
        let bound: Vec<i64> = statements
            .iter()
            .flat_map(|statement| &statement.values)
            .filter_map(|value| if let Value::Int(number) = value { *number } else { None })
            .collect();
        assert_eq!(bound, (0..count).collect::<Vec<_>>());
        assert!(statements.iter().all(|s| ROWS_AT_ONCE.contains(&(s.values.len() / 2))));
    }
}

#[test]
fn the_text_of_an_insert() {
    let [statement] = INSERT.statements(&[1], put).try_into().unwrap();
    assert_eq!(statement.sql, "INSERT INTO t (id, b) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING");
    assert_eq!(statement.plain, Some("INSERT INTO t (id, b) VALUES (?, ?) ON CONFLICT (id) DO NOTHING"));
    let [mut statement] = INSERT.statements(&[1; 8], put).try_into().unwrap();
    assert!(statement.sql.contains("($1, $2), ($3, $4), "), "{}", statement.sql);
    statement.append(" RETURNING id");
    assert_eq!(statement.plain, None, "it is another statement now");
}

#[test]
fn what_postgres_cannot_keep_is_replaced() {
    assert_eq!(Value::from("a\0b"), Value::Text(Some("a\u{fffd}b".into())));
    assert_eq!(Value::from(u64::MAX), Value::Int(Some(i64::MAX)));
}

#[test]
fn pushed_conditions_count_on() {
    let mut statement = sql("SELECT 1 WHERE a = $1").bind(1_i64);
    statement.push(" AND b >= ?", 2_i64);
    assert_eq!(statement.sql, "SELECT 1 WHERE a = $1 AND b >= $2");
}
