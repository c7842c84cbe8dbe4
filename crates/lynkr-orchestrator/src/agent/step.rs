//! One step: a request of its own, to the model that answered the first one.

use std::sync::Arc;

use bytes::Bytes;
use lynkr_protocol::{Dialect, ReplyContext, codec};
use lynkr_types::Receipt;

use super::run::{Client, Run};
use super::{Capture, Task};
use crate::answer::{Answer, AnswerBody};
use crate::attempt::Dispatch;
use crate::failure::Failure;
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::plan::Way;
use crate::route::Routed;
use crate::serve::prepared;
use crate::settle::Account;

/// Where the steps of a task go, and what they have in common.
#[derive(Debug)]
pub(crate) struct Road {
    provider: &'static str,
    model: String,
    dialect: Dialect,
    hops: String,
    shown: String,
    stream: bool,
    receipt: Receipt,
    account: Account,
}

impl Gateway {
    /// Answers a request with a loop. Until something of the answer has come, or the hold is over, a failure is one with a
    /// status of its own.
    pub(crate) async fn perform(
        self: &Arc<Self>,
        mut dispatch: Box<Dispatch<'_>>,
        task: Box<Task>,
        most_output: Option<u64>,
        receipt: &mut Receipt,
    ) -> Result<Answer, Failure> {
        let capture = Capture::default();
        let keeper = self.keeper(&dispatch);
        let mut context = dispatch.context.clone();
        if let Way::Translate(translation) = &mut dispatch.plan.way {
            translation.capture = Some(capture.clone());
            translation.keep = None;
            context.input_estimate = translation.expected.shown();
        }
        context.include_usage = task.client.include_usage;
        context.request = Some(Arc::clone(&task.client));
        let (ingress, stream) = (dispatch.ingress, dispatch.plan.stream);
        let road = Road {
            provider: dispatch.routed.upstream.provider().name,
            model: dispatch.routed.model.clone(),
            dialect: dispatch.routed.dialect,
            hops: dispatch.hops.clone(),
            shown: dispatch.context.model.clone(),
            stream,
            receipt: receipt.clone(),
            account: dispatch.account.clone(),
        };
        let first = self.admitted(dispatch, most_output, receipt).await?;
        let dialect = ingress.dialect;
        let client = Client::new(dialect, context.clone(), keeper);
        let mut run = Run::new(self, ingress, road, task, client);
        let head = Answer { body: AnswerBody::Whole(Bytes::new()), ..run.takes(first, capture) };
        if stream {
            run.hold(self.options().limits.hold).await?;
            let content_type = codec(dialect).stream_content_type().to_owned();
            return Ok(Answer { content_type, body: AnswerBody::Agent(Box::new(run)), ..head });
        }
        let body = AnswerBody::Whole(run.whole().await?);
        Ok(Answer { content_type: "application/json".to_owned(), body, ..head })
    }

    /// Asks the model again, with what the conversation has become.
    pub(crate) async fn next_step(
        &self,
        ingress: &Ingress,
        road: &Road,
        task: &Task,
    ) -> Result<(Answer, Capture), Failure> {
        let upstream = self.upstream(road.provider).ok_or_else(|| self.not_configured(road.provider))?;
        let (model, dialect) = (road.model.clone(), road.dialect);
        let routed = Routed { upstream, model, dialect, tools: true, verbatim: false };
        let mut receipt = road.receipt.clone();
        let capture = Capture::default();
        let plan =
            self.plan_step(ingress, &task.grown, &routed, (road.stream, capture.clone()), &mut receipt)?;
        let prepared = prepared(ingress, &routed, road.stream)?;
        let context: ReplyContext = self.reply_context(&road.shown);
        let account = road.account.next_step(&receipt, &context.seed).remembered(&plan);
        let hops = road.hops.clone();
        let dispatch = Box::new(Dispatch {
            ingress,
            routed,
            plan,
            prepared,
            hops,
            context,
            account,
            more: false,
            again: true,
            shown: None,
        });
        let answer = Box::pin(self.admitted(dispatch, task.grown.max_tokens, &mut receipt)).await?;
        Ok((answer, capture))
    }
}
