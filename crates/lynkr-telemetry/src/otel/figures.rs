//! The numbers that are kept for Prometheus, read again whenever metrics are sent.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider as _};

use super::{Otel, SCOPE};
use crate::metrics::{FIGURES, Figure, Gauges, Kind, Metrics};

/// Reads what others keep, as it is now; `None` once they are gone.
pub type ReadGauges = Arc<dyn Fn() -> Option<Gauges> + Send + Sync>;

impl Otel {
    /// Sends these numbers as well from now on, each time as they are then.
    pub fn watch(&self, metrics: &Arc<Metrics>, gauges: &ReadGauges) {
        let Some((provider, _)) = &self.metrics else { return };
        let meter = provider.meter(SCOPE);
        for figure in FIGURES {
            watch(&meter, figure, Arc::clone(metrics), Arc::clone(gauges));
        }
    }
}

fn watch(meter: &Meter, figure: &'static Figure, metrics: Arc<Metrics>, gauges: ReadGauges) {
    let observe = move |observer: &dyn AsyncInstrument<f64>| {
        let Some(now) = gauges() else { return };
        for (labels, value) in (figure.read)(&metrics.numbers(), &now) {
            let attributes: Vec<KeyValue> =
                labels.into_iter().map(|(name, text)| KeyValue::new(name, text)).collect();
            observer.observe(value, &attributes);
        }
    };
    match figure.kind {
        Kind::Counter => drop(
            meter
                .f64_observable_counter(figure.name)
                .with_unit(figure.unit)
                .with_description(figure.about)
                .with_callback(observe)
                .build(),
        ),
        Kind::Gauge => drop(
            meter
                .f64_observable_gauge(figure.name)
                .with_unit(figure.unit)
                .with_description(figure.about)
                .with_callback(observe)
                .build(),
        ),
    }
}
