//! Evaluation datasets and their records.

use base::Result;
use lab::evaluation::Record;
use serde_json::{Value as Json, json};

use super::{
    super::{
        Row,
        shape::{Dataset, Listed, Page, Seen},
    },
    Server, list, next, paged, read,
    wire::encoded,
};

const API: &str = "/api/3.0/mlflow/datasets";
const DATASETS: usize = 1_000;
const RECORDS: usize = 1_000;

impl Server {
    /// Servers before 3.4 know none, nor do those on a file store.
    pub fn datasets(&self) -> Result<Listed<Dataset>> {
        let mut listed = Listed::default();
        let (mut token, mut seen) = (None::<String>, Seen::default());
        loop {
            let asked = paged(json!({ "max_results": DATASETS }), token.as_deref());
            let Ok(page) = self.wire.ask(&format!("{API}/search"), &asked)? else { return Ok(listed) };
            for one in list(&page, "datasets") {
                match read::dataset(one) {
                    Some(dataset) => listed.items.push(self.attached(dataset)?),
                    None => listed.broken.push((Row::Datasets, "the source tells neither id nor name".to_owned())),
                }
            }
            token = seen.next(next(&page))?;
            if token.is_none() {
                return Ok(listed);
            }
        }
    }

    /// With the experiments that it is attached to.
    fn attached(&self, dataset: Dataset) -> Result<Dataset> {
        let route = format!("{API}/{}/experiment-ids", encoded(&dataset.id));
        let answer = self.wire.get(&route, &[])?.unwrap_or_default();
        let ids = list(&answer, "experiment_ids").iter().filter_map(Json::as_str).map(str::to_owned);
        Ok(Dataset { experiments: ids.collect(), ..dataset })
    }

    pub fn records(&self, dataset: &Dataset, from: Option<&str>) -> Result<Page<Record>> {
        let most = RECORDS.to_string();
        let mut query = vec![("max_results", most.as_str())];
        query.extend(from.map(|from| ("page_token", from)));
        let answer = self.wire.get(&format!("{API}/{}/records", encoded(&dataset.id)), &query)?.unwrap_or_default();
        let mut page = Page { next: next(&answer), ..Page::default() };
        let records: Vec<Json> = serde_json::from_str(answer["records"].as_str().unwrap_or("[]")).unwrap_or_default();
        for one in records {
            match read::record(one) {
                Some(record) => page.items.push(record),
                None => page.broken.push((Row::Records, "the source tells no inputs".to_owned())),
            }
        }
        Ok(page)
    }
}
