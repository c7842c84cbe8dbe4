//! What a request tells the learner of itself, and of the answer before it.

use lynkr_routing::learn::checks::Checks;
use lynkr_routing::{Decision, Facts, Policy, Speaker, Turn};

use super::course::Course;
use super::reading::Reading;
use crate::gateway::Gateway;
use crate::ingress::Ingress;
use crate::learning::{Begun, Followed, Lesson};
use crate::routing::PinKey;
use crate::session_id::SessionId;

impl Reading {
    /// The request as the learner will remember it; `None` where nothing is learned from it.
    pub(super) fn begun(
        &self,
        decision: &Decision,
        (ingress, facts, policy): (&Ingress, &Facts<'_>, &Policy),
        session: Option<(PinKey, &SessionId)>,
    ) -> Option<Begun> {
        let learned = decision.learned.as_ref()?;
        let newest = self.turns.last().and_then(|turn| turn.ask.as_ref());
        Some(Begun {
            request_id: ingress.request_id.clone(),
            session: session.map(|(key, session)| (key, session.given)),
            turns: self.turns.len(),
            last: self.last,
            ask: newest.map(|ask| ask.words.clone()).unwrap_or_default(),
            vector: newest.map(|ask| ask.vector().to_vec()).unwrap_or_default(),
            has_tools: facts.has_tools,
            features: learned.features,
            task: learned.task,
            score: decision.score,
            bounds: policy.bounds,
        })
    }

    /// What the request says of the one before it.
    pub(super) fn followed(&self, session: PinKey) -> Followed {
        let is_models = |turn: &Turn| turn.speaker == Speaker::Model;
        let end = self.turns.iter().rposition(|turn| is_models(turn)).map_or(0, |last| last + 1);
        let (before, since) = self.turns.split_at(end);
        let asked = before.iter().rposition(|turn| !is_models(turn)).map_or(0, |last| last + 1);
        let mut checks = Checks::default();
        for turn in since {
            checks.add(turn.checks);
        }
        let words = since.iter().rev().find_map(|turn| turn.ask.as_ref());
        Followed {
            session,
            turns: self.turns.len(),
            last: self.last,
            asked,
            words: words.map(|ask| ask.words.clone()),
            results: (
                since.iter().map(|turn| turn.tool_results).sum(),
                since.iter().map(|turn| turn.tool_errors).sum(),
            ),
            checks,
            undone: undone(before),
        }
    }
}

/// The places of turns whose edits the last answer took back. An answer may be several turns, one behind the other.
fn undone(turns: &[std::sync::Arc<Turn>]) -> Vec<usize> {
    let begin = turns.iter().rposition(|turn| turn.speaker != Speaker::Model).map_or(0, |last| last + 1);
    let (before, answer) = turns.split_at(begin);
    let edits: Vec<_> = answer.iter().flat_map(|turn| &turn.edits).collect();
    if edits.is_empty() {
        return Vec::new();
    }
    let is_undone =
        |turn: &Turn| turn.edits.iter().any(|earlier| edits.iter().any(|edit| edit.undoes(earlier)));
    before.iter().enumerate().filter(|(_, turn)| is_undone(turn)).map(|(place, _)| place).collect()
}

impl Course {
    /// What goes with the request to its end, where something is learned from it.
    pub(crate) fn lesson(&self, gateway: &Gateway, place: usize) -> Option<Lesson> {
        let begun = self.begun.as_ref()?;
        let stop = |place: usize| {
            let stop = self.stops.get(place)?;
            Some((stop.tier?, stop.candidate.clone()))
        };
        let missed = (0..place).filter_map(stop).collect();
        Some(Lesson::new(gateway.router().learning(), begun, stop(place)?, missed))
    }
}

#[cfg(test)]
mod tests {
    //! Edits that were taken back are found at their places.

    use std::sync::Arc;

    use lynkr_routing::learn::edits::Edit;

    use super::*;

    fn turn(speaker: Speaker, edit: Option<(&str, &str)>) -> Arc<Turn> {
        let edits = edit.map(|(old, new)| Edit::of("a.rs", old, new)).into_iter().collect();
        Arc::new(Turn { speaker, edits, ..Turn::default() })
    }

    #[test]
    fn the_last_answer_takes_back_an_earlier_one() {
        let user = || turn(Speaker::User, None);
        let model = |edit| turn(Speaker::Model, edit);
        let there = model(Some(("1", "2")));
        let back = model(Some(("2", "1")));
        assert_eq!(undone(&[user(), there.clone(), user(), back.clone()]), [1]);
        assert_eq!(undone(&[user(), there.clone(), user(), model(None), back.clone()]), [1]);
        // It was seen when it was the last one.
        assert_eq!(undone(&[user(), there.clone(), user(), back, user(), model(None)]), Vec::<usize>::new());
        assert_eq!(undone(&[user(), there]), Vec::<usize>::new());
        assert_eq!(undone(&[]), Vec::<usize>::new());
    }
}
