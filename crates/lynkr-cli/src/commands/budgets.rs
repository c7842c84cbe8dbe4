//! `lynkr budgets`: sets, lists and removes what keys, teams and others may spend.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use lynkr_store::{Budget, NewBudget, Period, Store, Subject, SubjectKind, Timestamp, Unit};
use serde_json::{Value, json};

use crate::arguments::{BudgetSet, BudgetTask, Budgets};
use crate::commands::keys;
use crate::commands::opened::{audit, print_json, with_store};

/// Billionths in a dollar.
const NANOS: f64 = 1e9;

pub(crate) fn run(arguments: &Budgets) -> anyhow::Result<ExitCode> {
    with_store(&arguments.inputs(), async |store| perform(store, arguments).await)
}

async fn perform(store: &Store, arguments: &Budgets) -> anyhow::Result<ExitCode> {
    match &arguments.task {
        BudgetTask::Set(set) => put(store, set, arguments.json).await,
        BudgetTask::List => list(store, arguments.json).await,
        BudgetTask::Remove { id } => remove(store, id).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn put(store: &Store, set: &BudgetSet, as_json: bool) -> anyhow::Result<()> {
    let rule = rule(store, set).await?;
    let budget = store.budgets().put(&rule, Timestamp::now()).await.context("can't set the budget")?;
    audit(store, "budget.set", &budget.id, shape(&budget)).await?;
    if as_json {
        return print_json(&shape(&budget));
    }
    println!("{}", line(&budget));
    Ok(())
}

async fn rule(store: &Store, set: &BudgetSet) -> anyhow::Result<NewBudget> {
    let Some((kind, id)) = set.subject.split_once(':') else {
        bail!("`{}` is no subject: write key:NAME, user:NAME, team:NAME … or team:*", set.subject);
    };
    let kind = match kind {
        "org" => SubjectKind::Organisation,
        "virtual_key" => SubjectKind::Key,
        other => SubjectKind::parse(other).with_context(|| format!("`{other}` is no kind of subject"))?,
    };
    if id.is_empty() {
        bail!("`{}` names nobody", set.subject);
    }
    // People call keys by their names; what counts is the id.
    let id = match kind {
        SubjectKind::Key if id != "*" && !id.starts_with("operator-") => keys::one(store, id).await?.id,
        _ => id.to_owned(),
    };
    let period = Period::parse(&set.period).with_context(|| format!("`{}` is no period", set.period))?;
    let (unit, limit) = amount(set)?;
    let warn_at = set.warn_at_share()?.map(|share| of(limit, share));
    let block_at = (!set.warn_only).then_some(limit);
    Ok(NewBudget { subject: Subject::new(kind, id), period, unit, warn_at, block_at })
}

fn amount(set: &BudgetSet) -> anyhow::Result<(Unit, u64)> {
    match (set.tokens, set.requests, set.cost) {
        (Some(tokens), None, None) => Ok((Unit::Tokens, tokens)),
        (None, Some(requests), None) => Ok((Unit::Requests, requests)),
        (None, None, Some(dollars)) if dollars.is_finite() && dollars >= 0.0 => {
            Ok((Unit::CostNanos, nanos(dollars)))
        }
        (None, None, Some(_)) => bail!("--cost must be an amount of dollars"),
        _ => bail!("say one of --tokens, --requests and --cost"),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a checked amount, rounded")]
fn nanos(dollars: f64) -> u64 {
    (dollars * NANOS).round() as u64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of an amount, rounded"
)]
fn of(limit: u64, share: f64) -> u64 {
    (limit as f64 * share).round() as u64
}

async fn list(store: &Store, as_json: bool) -> anyhow::Result<()> {
    let budgets = store.budgets().list().await.context("can't read the budgets")?;
    if as_json {
        let mut shapes = Vec::new();
        for budget in &budgets {
            shapes.push(with_standing(store, budget).await?);
        }
        return print_json(&shapes.into());
    }
    if budgets.is_empty() {
        println!("no budgets; `lynkr budgets set SUBJECT` makes one");
    }
    for budget in &budgets {
        println!("{}", line(budget));
    }
    Ok(())
}

/// The budget with what it has counted so far, where it is one subject's own.
async fn with_standing(store: &Store, budget: &Budget) -> anyhow::Result<Value> {
    let mut shape = shape(budget);
    if budget.rule.subject.id == "*" {
        return Ok(shape);
    }
    let subjects = [budget.rule.subject.clone()];
    let standings = store.budgets().standings(&subjects, Timestamp::now()).await?;
    if let Some(standing) = standings.iter().find(|standing| standing.budget.id == budget.id) {
        shape["settled"] = standing.settled.into();
        shape["reserved"] = standing.reserved.into();
        shape["resets_at"] = standing.resets_at.map(Timestamp::as_millis).into();
    }
    Ok(shape)
}

async fn remove(store: &Store, id: &str) -> anyhow::Result<()> {
    if !store.budgets().remove(id).await.context("can't remove the budget")? {
        bail!("there is no budget `{id}`; `lynkr budgets list` shows the ids");
    }
    audit(store, "budget.remove", id, Value::Null).await?;
    println!("the budget {id} is removed, and what it had counted");
    Ok(())
}

fn line(budget: &Budget) -> String {
    let rule = &budget.rule;
    let shown = |amount: Option<u64>| amount.map_or_else(|| "never".to_owned(), |amount| amount.to_string());
    let unit = if rule.unit == Unit::CostNanos { "billionths of a dollar" } else { rule.unit.name() };
    format!(
        "{}  {}:{}  {unit} a {}: warns at {}, blocks at {}",
        budget.id,
        rule.subject.kind.name(),
        rule.subject.id,
        rule.period.to_text(),
        shown(rule.warn_at),
        shown(rule.block_at)
    )
}

fn shape(budget: &Budget) -> Value {
    let rule = &budget.rule;
    json!({
        "id": budget.id,
        "kind": rule.subject.kind.name(),
        "subject": rule.subject.id,
        "period": rule.period.to_text(),
        "unit": if rule.unit == Unit::CostNanos { "cost_nanos" } else { rule.unit.name() },
        "warn_at": rule.warn_at,
        "block_at": rule.block_at,
    })
}
