//! Texts and values of statements.

use super::*;

static INSERT: Insert<i64> =
    Insert::new("t", &["id", "b"], |number, values| values.extend([(*number).into(), "x".into()]));

/// A number's hundreds and its tens are columns of their own.
static GROUPED: Insert<i64> = Insert::grouped(
    "t",
    &["id"],
    |number, values| values.push((*number).into()),
    &[
        Columns {
            names: &["hundreds"],
            put: |number, values| values.push((number / 100).into()),
            same: |a, b| a / 100 == b / 100,
            absent: |number| *number < 100,
        },
        Columns {
            names: &["tens", "x"],
            put: |number, values| values.extend([(number / 10 % 10).into(), "x".into()]),
            same: |a, b| a / 10 % 10 == b / 10 % 10,
            absent: |_| false,
        },
    ],
);

fn plain(numbers: &[i64]) -> (String, Vec<Value>) {
    let numbers: Vec<&i64> = numbers.iter().collect();
    let [(_, statement)] = GROUPED.statements(&numbers).try_into().unwrap();
    (statement.plain.unwrap().to_owned(), statement.values)
}

fn ints(numbers: &[i64]) -> Vec<Value> {
    numbers.iter().map(|number| Value::from(*number)).collect()
}

#[test]
fn rows_go_in_few_sizes_and_none_is_lost() {
    for count in [0_i64, 1, 3, 4, 5, 15, 16, 31, 32, 33, 63, 64, 137] {
        let rows: Vec<i64> = (0..count).collect();
        let rows: Vec<&i64> = rows.iter().collect();
        let statements = INSERT.statements(&rows);
        let bound: Vec<i64> = statements
            .iter()
            .flat_map(|(_, statement)| &statement.values)
            .filter_map(|value| if let Value::Int(number) = value { *number } else { None })
            .collect();
        assert_eq!(bound, (0..count).collect::<Vec<_>>());
        assert_eq!(statements.iter().flat_map(|(rows, _)| *rows).copied().collect::<Vec<_>>(), rows);
        assert!(statements.iter().all(|(rows, s)| s.values.len() == 2 * rows.len()));
    }
}

#[test]
fn the_text_of_an_insert() {
    let [(_, statement)] = INSERT.statements(&[&1]).try_into().unwrap();
    assert_eq!(statement.sql, "INSERT INTO t (id, b) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING");
    assert_eq!(
        statement.plain,
        Some("INSERT OR FAIL INTO t (id, b) VALUES (?, ?) ON CONFLICT (id) DO NOTHING")
    );
    let [(_, mut statement)] = INSERT.statements(&[&1; 4]).try_into().unwrap();
    assert!(statement.sql.contains("($1, $2), ($3, $4), "), "{}", statement.sql);
    statement.append(" RETURNING id");
    assert_eq!(statement.plain, None, "it is another statement now");
}

#[test]
fn what_all_rows_have_in_common_is_bound_once() {
    let (text, values) = plain(&[110, 112, 113, 114]);
    assert_eq!(
        text,
        "INSERT OR FAIL INTO t (hundreds, tens, x, id) SELECT ?, ?, ?, column1 FROM (VALUES (?), (?), (?), (?)) \
         WHERE TRUE ON CONFLICT (id) DO NOTHING"
    );
    assert_eq!(values, [ints(&[1, 1]), vec!["x".into()], ints(&[110, 112, 113, 114])].concat());
    let rows = [&110, &112, &113, &114];
    let numbered = GROUPED.statements(&rows).remove(0).1.sql;
    assert_eq!(
        numbered,
        "INSERT INTO t (hundreds, tens, x, id) VALUES ($1, $2, $3, $4), ($1, $2, $3, $5), ($1, $2, $3, $6), \
         ($1, $2, $3, $7) ON CONFLICT (id) DO NOTHING"
    );
}

#[test]
fn wide_rows_go_in_smaller_statements() {
    static WIDE: Insert<i64> =
        Insert::new("t", &["c"; 40], |n, values| values.extend([*n; 40].map(Value::from)));
    let sizes: Vec<usize> = WIDE.statements(&[&1; 100]).iter().map(|(rows, _)| rows.len()).collect();
    assert_eq!(sizes, [32, 32, 32, 4]);
    let sizes: Vec<usize> = INSERT.statements(&[&1; 100]).iter().map(|(rows, _)| rows.len()).collect();
    assert_eq!(sizes, [64, 32, 4]);
}

#[test]
fn what_no_row_has_is_left_out() {
    let (text, values) = plain(&[10, 12, 13, 24]);
    assert!(text.contains("t (id, tens, x) VALUES (?, ?, ?), "), "{text}");
    assert_eq!(values.len(), 12);
    let (text, _) = plain(&[10, 112, 13, 14]);
    assert!(text.contains("t (tens, x, id, hundreds) SELECT ?, ?, column1, column2 FROM"), "{text}");
    assert!(plain(&[7]).0.contains("t (id, tens, x) VALUES (?, ?, ?) ON"), "one row has nothing in common");
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
