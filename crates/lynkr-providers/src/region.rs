//! A provider that has a host in every region of a cloud: the settings name the region, or the endpoint does.

use lynkr_config::{Problem, Values};

use crate::pattern;
use crate::provider::Provider;

/// What stands for the region in a URL.
const PLACEHOLDER: &str = "{region}";

/// How a provider is spread over the regions of a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudRegions {
    /// The settings that hold the region, the first that is set counts.
    pub envs: &'static [&'static str],
    /// The region when none is set.
    pub default: &'static str,
    /// The hosts of regions, first match first; `{region}` stands for the region. All are the vendor's own.
    pub hosts: &'static [(&'static str, &'static str)],
    /// What the first label of a host is that names its region in the second.
    pub services: &'static [&'static str],
    /// What stands before a model's name where several regions serve it together, first match first.
    pub profiles: &'static [(&'static str, &'static str)],
    /// The service that requests are signed for.
    pub service: &'static str,
}

impl CloudRegions {
    /// The API's root in a region.
    pub(crate) fn host(&self, region: &str) -> String {
        let host = self.hosts.iter().find(|(pattern, _)| pattern::matches(pattern, region));
        host.map_or("", |(_, host)| host).replace(PLACEHOLDER, region)
    }

    /// The name of a model as the regions around this one serve it together.
    pub(crate) fn profile(&self, region: &str, model: &str) -> String {
        let prefix = self.profiles.iter().find(|(pattern, _)| pattern::matches(pattern, region));
        format!("{}{model}", prefix.map_or("", |(_, prefix)| prefix))
    }

    /// The region that a host names: `bedrock-runtime.eu-west-1.amazonaws.com`, or, through a customer's own
    /// network, `vpce-….bedrock-runtime.eu-west-1.vpce.amazonaws.com`.
    fn of_host<'a>(&self, host: &'a str) -> Option<&'a str> {
        let mut labels = host.split('.').skip_while(|label| !self.services.contains(label));
        labels.nth(1).filter(|region| is_region(region))
    }
}

/// The region of a provider's endpoint, and the endpoint itself where none is configured; `None` for a provider
/// without regions.
pub(crate) fn read(
    provider: &Provider,
    values: &Values,
    endpoint_host: Option<&str>,
) -> Result<Option<String>, Problem> {
    let Some(cloud) = provider.regions else { return Ok(None) };
    if let Some(region) = endpoint_host.and_then(|host| cloud.of_host(host)) {
        return Ok(Some(region.to_owned()));
    }
    let set = cloud.envs.iter().find_map(|env| Some((*env, values.text(env)?)));
    let Some((env, region)) = set else { return Ok(Some(cloud.default.to_owned())) };
    if is_region(region) {
        return Ok(Some(region.to_owned()));
    }
    let problem =
        Problem::error(env, "is not a region of AWS's").with_hint("give its code, such as eu-west-1");
    Err(match values.source(env) {
        Some(source) => problem.with_source(source),
        None => problem,
    })
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`: what becomes part of a host must not be able to make it
/// somebody else's.
fn is_region(text: &str) -> bool {
    let labels: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = labels.split_last() else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    words.len() >= 2 && words.iter().all(is_word) && is_number
}

#[cfg(test)]
mod tests;
