//! A decision in the making: each rule that raises, lowers or holds the tier, with its step on record.

use std::borrow::Cow;
use std::fmt::Arguments;

use super::{RiskPolicy, Step, Winner};
use crate::ladder::Candidate;
use crate::pin::Verdict;
use crate::side::Side;
use crate::signals::agentic::{Agentic, AgenticKind};
use crate::signals::risk::{Risk, RiskLevel};
use crate::tier::{Tier, TierBounds};

/// A decision in the making.
pub(super) struct Course {
    pub(super) tier: Tier,
    method: &'static str,
    suffixes: Vec<&'static str>,
    pub(super) reason: Cow<'static, str>,
    /// Whether something decided by itself: a phrase, risk, work on its own.
    pub(super) forced: bool,
    pub(super) steps: Vec<Step>,
    /// Whether anybody will read the steps.
    told: bool,
}

impl Course {
    /// How it was decided, with what took part.
    pub(super) fn method(&self) -> String {
        std::iter::once(self.method).chain(self.suffixes.iter().copied()).collect()
    }

    /// Something took part.
    pub(super) fn suffix(&mut self, suffix: &'static str) {
        self.suffixes.push(suffix);
    }

    pub(super) fn step(&mut self, name: &'static str, points: Option<f32>, says: Arguments<'_>) {
        if self.told {
            self.steps.push(Step { name, points, says: says.to_string() });
        }
    }

    /// By the score of the window's winner and by what its words decide.
    pub(super) fn begin(winner: &Winner<'_>, bounds: &TierBounds, told: bool) -> Self {
        let tier = bounds.tier(winner.score);
        let mut course = Self {
            tier,
            method: "tier_config",
            suffixes: Vec::new(),
            reason: Cow::Borrowed("score"),
            forced: false,
            steps: Vec::new(),
            told,
        };
        course.step("score", Some(winner.score.get()), format_args!("{}", tier.name()));
        if let Some(force) = winner.ask.and_then(|ask| ask.force) {
            course.method = "force";
            course.reason = Cow::Owned(format!("force: {}", force.pattern));
            course.forced = force.tier > Tier::Simple && winner.age == 0;
            course.step("force", None, format_args!("{}: {}", force.tier, force.pattern));
        }
        if winner.age > 0 {
            course.suffixes.push("+window");
            course.step("window", None, format_args!("the ask {} before the newest weighs most", winner.age));
        }
        course
    }

    pub(super) fn aside(&mut self, side: Side) {
        self.tier = Tier::Simple;
        self.method = "side_request";
        self.suffixes.clear();
        self.reason = Cow::Borrowed(side.name());
        self.forced = false;
        self.step("side_request", None, format_args!("{}", side.name()));
    }

    pub(super) fn risk(&mut self, risk: &Risk, policy: RiskPolicy) {
        if risk.level > RiskLevel::Low {
            self.step("risk", None, format_args!("{}: {}", risk.level.name(), risk.hits.join(", ")));
        }
        let floor = match policy {
            RiskPolicy::Off => return,
            RiskPolicy::Floor => Tier::Complex,
            RiskPolicy::Force => Tier::Reasoning,
        };
        if risk.level == RiskLevel::High && floor > self.tier {
            self.tier = floor;
            self.forced = true;
            self.method = "risk";
            self.reason = Cow::Owned(format!("risk: {}", risk.hits.first().map_or("", String::as_str)));
        }
    }

    pub(super) fn agentic(&mut self, agentic: Agentic, has_floor: bool) {
        self.step("agentic", Some(count(agentic.points)), format_args!("{}", agentic.kind.name()));
        let floor = agentic.kind.floor();
        if has_floor && floor > self.tier {
            self.tier = floor;
            self.forced |= agentic.kind >= AgenticKind::Iterative;
            if agentic.kind == AgenticKind::Autonomous {
                self.method = "agentic";
            }
            self.reason = Cow::Owned(format!("agentic: {}", agentic.kind.name()));
        }
    }

    /// A cheaper model of the tier goes before this one.
    pub(super) fn cheaper(&mut self, than: &Candidate) {
        self.suffixes.push("+cost");
        self.step("cost", None, format_args!("a cheaper model goes before {than}"));
    }

    pub(super) fn pin(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Stays(why) => {
                self.suffixes.push("+pinned");
                self.step("pin", None, format_args!("stays: {why}"));
            }
            Verdict::Moves(why) => self.step("pin", None, format_args!("moves: {why}")),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "points are small")]
fn count(points: u32) -> f32 {
    points as f32
}
