//! In which order stores go, so that every wave is a sample of the whole: both verbs in proportion, and within a verb
//! province after province, city after city, those first of which the fewest were sent.
//!
//! Both verbs in proportion rather than deletions last: a deletion that goes wrong is the worst that can happen, so a few
//! of them are tried early like everything else. The first store of all is one of the more frequent verb.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use crate::store::Verb;

/// What the order of a store depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site<'a> {
    /// The write that it wants.
    pub verb: Verb,
    /// Its province; may be empty.
    pub province: &'a str,
    /// Its city; may be empty.
    pub city: &'a str,
}

/// The places of `waiting` in the order in which they go, after those that were `sent`. The same stores always come out in
/// the same order.
#[must_use]
pub fn spread(sent: &[Site<'_>], waiting: &[Site<'_>]) -> Vec<usize> {
    let mut verbs = Verb::ALL.map(|verb| OfVerb::new(verb, sent, waiting));
    let mut order = Vec::with_capacity(waiting.len());
    loop {
        verbs.sort_by(OfVerb::least_served);
        // A verb of which nothing waits any more has nothing to give.
        let Some(next) = verbs.iter_mut().find_map(OfVerb::draw) else { return order };
        order.push(next);
    }
}

/// Something that gives stores, one by one.
trait Draw {
    fn draw(&mut self) -> Option<usize>;
}

impl Draw for VecDeque<usize> {
    fn draw(&mut self) -> Option<usize> {
        self.pop_front()
    }
}

/// Members of which the one goes next that has given the fewest; of equal ones the one that came first.
struct Even<T> {
    members: Vec<T>,
    queue: BinaryHeap<Reverse<(u64, usize)>>,
}

impl<T: Draw> Even<T> {
    /// Members with how many each has given already.
    fn new(members: Vec<(u64, T)>) -> Self {
        let queue = members.iter().enumerate().map(|(n, (given, _))| Reverse((*given, n))).collect();
        Self { members: members.into_iter().map(|(_, member)| member).collect(), queue }
    }
}

impl<T: Draw> Draw for Even<T> {
    fn draw(&mut self) -> Option<usize> {
        while let Some(Reverse((given, n))) = self.queue.pop() {
            // One that has nothing left does not come back.
            if let Some(drawn) = self.members[n].draw() {
                self.queue.push(Reverse((given + 1, n)));
                return Some(drawn);
            }
        }
        None
    }
}

/// The stores of one verb.
struct OfVerb {
    verb: Verb,
    given: u64,
    all: u64,
    provinces: Even<Even<VecDeque<usize>>>,
}

impl OfVerb {
    fn new(verb: Verb, sent: &[Site<'_>], waiting: &[Site<'_>]) -> Self {
        let (mut in_province, mut in_city) = (HashMap::<&str, u64>::new(), HashMap::<(&str, &str), u64>::new());
        let given = sent.iter().filter(|site| site.verb == verb);
        for site in given.clone() {
            *in_province.entry(site.province).or_default() += 1;
            *in_city.entry((site.province, site.city)).or_default() += 1;
        }
        let waiting = waiting.iter().enumerate().filter(|(_, site)| site.verb == verb);
        let (given, all) = (given.count() as u64, waiting.clone().count() as u64);
        let provinces = grouped(waiting, |site| site.province).into_iter().map(|(province, sites)| {
            let cities = grouped(sites.into_iter(), |site| site.city).into_iter().map(|(city, sites)| {
                let given = in_city.get(&(province, city)).copied().unwrap_or(0);
                (given, sites.into_iter().map(|(n, _)| n).collect::<VecDeque<_>>())
            });
            (in_province.get(province).copied().unwrap_or(0), Even::new(cities.collect()))
        });
        Self { verb, given, all: given + all, provinces: Even::new(provinces.collect()) }
    }

    fn draw(&mut self) -> Option<usize> {
        let drawn = self.provinces.draw();
        self.given += u64::from(drawn.is_some());
        drawn
    }

    /// By the share that would be served with one more; in doubt `add_store` first.
    fn least_served(&self, other: &Self) -> std::cmp::Ordering {
        let share = |one: &Self, of: &Self| u128::from(one.given + 1) * u128::from(of.all);
        share(self, other).cmp(&share(other, self)).then(self.verb.cmp(&other.verb))
    }
}

/// Sites by a part of their address, in the order in which each part is met first.
fn grouped<'s, 'a: 's>(
    sites: impl Iterator<Item = (usize, &'s Site<'a>)>,
    part: impl Fn(&Site<'a>) -> &'a str,
) -> Vec<(&'a str, Vec<(usize, &'s Site<'a>)>)> {
    let (mut groups, mut places) = (Vec::<(&'a str, Vec<_>)>::new(), HashMap::<&'a str, usize>::new());
    for (n, site) in sites {
        let name = part(site);
        let place = *places.entry(name).or_insert(groups.len());
        if place == groups.len() {
            groups.push((name, Vec::new()));
        }
        groups[place].1.push((n, site));
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn add<'a>(province: &'a str, city: &'a str) -> Site<'a> {
        Site { verb: Verb::AddStore, province, city }
    }

    #[test]
    fn provinces_take_turns_and_within_them_their_cities() {
        let waiting = [
            add("浙江", "杭州"),
            add("浙江", "杭州"),
            add("浙江", "宁波"),
            add("上海", "上海"),
            add("上海", "上海"),
            add("", ""),
        ];
        assert_eq!(spread(&[], &waiting), [0, 3, 5, 2, 4, 1]);
    }

    #[test]
    fn regions_of_which_many_were_sent_come_later() {
        let sent = [add("浙江", "杭州"), add("浙江", "杭州"), add("上海", "上海")];
        let waiting =
            [add("浙江", "杭州"), add("浙江", "宁波"), add("上海", "上海"), add("北京", "北京"), add("北京", "北京")];
        assert_eq!(spread(&sent, &waiting), [3, 2, 4, 1, 0]);
    }

    #[test]
    fn both_verbs_go_in_proportion_and_the_first_is_of_the_more_frequent_one() {
        let mut waiting = vec![Site { verb: Verb::Delpoi, ..add("a", "a") }; 3];
        waiting.extend(vec![add("a", "a"); 27]);
        let order = spread(&[], &waiting);
        let deletions = |n: usize| order[..n].iter().filter(|n| waiting[**n].verb == Verb::Delpoi).count();
        assert_eq!([1, 9, 10, 20, 30].map(deletions), [0, 0, 1, 2, 3]);
    }

    proptest! {
        #[test]
        fn every_store_goes_once_and_what_was_sent_first_is_what_would_be_first(
            stores in prop::collection::vec((any::<bool>(), 0_usize..4, 0_usize..3), 0..60),
            cut in 0_usize..60,
        ) {
            let names = ["", "a", "b", "c"];
            let site = |(adds, province, city): &(bool, usize, usize)| {
                let verb = if *adds { Verb::AddStore } else { Verb::Delpoi };
                Site { verb, province: names[*province], city: names[*city] }
            };
            let waiting: Vec<Site<'_>> = stores.iter().map(site).collect();
            let order = spread(&[], &waiting);
            let mut all = order.clone();
            all.sort_unstable();
            prop_assert_eq!(all, (0..waiting.len()).collect::<Vec<_>>());
            // A run that goes on after some of them were sent serves the regions as evenly as one that never stopped.
            let cut = cut.min(order.len());
            let sent: Vec<Site<'_>> = order[..cut].iter().map(|n| waiting[*n]).collect();
            let mut left: Vec<usize> = order[cut..].to_vec();
            left.sort_unstable();
            let rest: Vec<Site<'_>> = left.iter().map(|n| waiting[*n]).collect();
            let counted = |order: &[usize], sites: &[Site<'_>]| {
                let mut verbs: Vec<Verb> = order.iter().map(|n| sites[*n].verb).collect();
                verbs.truncate(10);
                verbs
            };
            prop_assert_eq!(counted(&spread(&sent, &rest), &rest), counted(&order[cut..], &waiting));
        }
    }
}
