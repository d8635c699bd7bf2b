//! Where the old record says that a store is: in China, the right way round, near its province. Nothing of it is sent, but the
//! platform does not move a store at an invalid place, and a wrong place mostly means a wrong point on the map.
//!
//! The systems of coordinates (GCJ-02, WGS-84, BD-09) differ by some hundred metres: no single pair of numbers shows which one
//! it is. What can be seen honestly is that records say so themselves (`offset_type`), and that belongs to
//! [`Clashes`](super::Clashes).

use crate::store::{Code, Province};

/// Longitude and latitude in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

/// West, east, south, north in degrees.
type Box = (f64, f64, f64, f64);

/// China with its islands.
const CHINA: Box = (73.4, 135.2, 3.4, 53.7);

/// How far outside its province a place may lie before it is said, in degrees, about 50 km: the boxes are rounded, and the
/// systems of coordinates differ by far less.
const MARGIN: f64 = 0.5;

/// The provinces' outermost points, rounded outwards.
const BOXES: [(u8, Box); 34] = [
    (11, (115.4, 117.6, 39.4, 41.1)),
    (12, (116.7, 118.1, 38.5, 40.3)),
    (13, (113.4, 119.9, 36.0, 42.7)),
    (14, (110.2, 114.6, 34.5, 40.8)),
    (15, (97.1, 126.1, 37.4, 53.4)),
    (21, (118.8, 125.8, 38.7, 43.5)),
    (22, (121.6, 131.4, 40.8, 46.4)),
    (23, (121.1, 135.1, 43.4, 53.6)),
    (31, (120.8, 122.3, 30.6, 31.9)),
    (32, (116.3, 122.0, 30.7, 35.2)),
    (33, (118.0, 123.2, 27.0, 31.2)),
    (34, (114.8, 119.7, 29.3, 34.7)),
    (35, (115.8, 120.8, 23.5, 28.4)),
    (36, (113.5, 118.5, 24.4, 30.1)),
    (37, (114.7, 122.8, 34.3, 38.5)),
    (41, (110.3, 116.7, 31.3, 36.4)),
    (42, (108.3, 116.2, 29.0, 33.3)),
    (43, (108.7, 114.3, 24.6, 30.2)),
    (44, (109.6, 117.4, 20.2, 25.6)),
    (45, (104.4, 112.1, 20.8, 26.4)),
    // With the islands of the south.
    (46, (108.1, 117.9, 3.4, 20.3)),
    (50, (105.2, 110.2, 28.1, 32.3)),
    (51, (97.3, 108.6, 26.0, 34.4)),
    (52, (103.6, 109.6, 24.6, 29.3)),
    (53, (97.5, 106.2, 21.1, 29.3)),
    (54, (78.3, 99.2, 26.8, 36.6)),
    (61, (105.4, 111.3, 31.7, 39.6)),
    (62, (92.3, 108.8, 32.5, 42.9)),
    (63, (89.4, 103.1, 31.5, 39.3)),
    (64, (104.2, 107.7, 35.2, 39.4)),
    (65, (73.4, 96.5, 34.3, 49.3)),
    (71, (118.1, 124.6, 20.6, 26.5)),
    (81, (113.8, 114.5, 22.1, 22.6)),
    (82, (113.5, 113.7, 22.0, 22.3)),
];

/// What is wrong with a position, if it can be told: the gravest thing only.
#[must_use]
pub fn misplaced(position: Position, province: Option<Province>) -> Option<Code> {
    let Position { longitude, latitude } = position;
    if !is_in(CHINA, position, 0.0) {
        // No longitude of China is one of its latitudes, so that this means nothing else.
        let swapped = Position { longitude: latitude, latitude: longitude };
        return Some(if is_in(CHINA, swapped, 0.0) { Code::CoordinatesSwapped } else { Code::OutsideChina });
    }
    let of_province = BOXES.iter().find(|(code, _)| Some(*code) == province.map(Province::code));
    of_province.filter(|(_, outline)| !is_in(*outline, position, MARGIN)).map(|_| Code::FarFromProvince)
}

fn is_in((west, east, south, north): Box, position: Position, margin: f64) -> bool {
    (west - margin..=east + margin).contains(&position.longitude)
        && (south - margin..=north + margin).contains(&position.latitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(longitude: f64, latitude: f64, province: &str) -> Option<Code> {
        misplaced(Position { longitude, latitude }, Province::named(province))
    }

    /// The seats of the provincial governments, to a hundredth of a degree.
    const SEATS: [(&str, f64, f64); 34] = [
        ("北京", 116.41, 39.90),
        ("天津", 117.20, 39.13),
        ("河北", 114.51, 38.04),
        ("山西", 112.55, 37.87),
        ("内蒙古", 111.75, 40.84),
        ("辽宁", 123.43, 41.81),
        ("吉林", 125.32, 43.82),
        ("黑龙江", 126.64, 45.76),
        ("上海", 121.47, 31.23),
        ("江苏", 118.80, 32.06),
        ("浙江", 120.15, 30.27),
        ("安徽", 117.23, 31.82),
        ("福建", 119.30, 26.07),
        ("江西", 115.86, 28.68),
        ("山东", 117.00, 36.65),
        ("河南", 113.62, 34.75),
        ("湖北", 114.31, 30.59),
        ("湖南", 112.94, 28.23),
        ("广东", 113.26, 23.13),
        ("广西", 108.37, 22.82),
        ("海南", 110.33, 20.03),
        ("重庆", 106.55, 29.56),
        ("四川", 104.07, 30.57),
        ("贵州", 106.63, 26.65),
        ("云南", 102.83, 24.88),
        ("西藏", 91.14, 29.65),
        ("陕西", 108.94, 34.34),
        ("甘肃", 103.83, 36.06),
        ("青海", 101.78, 36.62),
        ("宁夏", 106.23, 38.49),
        ("新疆", 87.62, 43.83),
        ("台湾", 121.57, 25.03),
        ("香港", 114.17, 22.28),
        ("澳门", 113.54, 22.19),
    ];

    #[test]
    fn every_province_has_a_box_in_china_with_its_seat_in_it() {
        for (province, longitude, latitude) in SEATS {
            assert_eq!(told(longitude, latitude, province), None, "{province}");
            assert_eq!(told(latitude, longitude, province), Some(Code::CoordinatesSwapped), "{province}");
        }
        let codes: Vec<u8> = BOXES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, Province::all().map(Province::code).collect::<Vec<_>>());
    }

    #[test]
    fn what_lies_in_the_sea_or_nowhere_is_outside_china() {
        for (longitude, latitude) in
            [(0.0, 0.0), (-122.4, 37.8), (139.7, 35.7), (1_131_234.0, 231_234.0), (f64::NAN, 30.0)]
        {
            assert_eq!(told(longitude, latitude, "广东"), Some(Code::OutsideChina), "{longitude} {latitude}");
        }
    }

    #[test]
    fn a_place_far_from_its_province_is_said_and_one_beyond_its_border_by_a_little_is_not() {
        assert_eq!(told(120.15, 30.27, "广东省"), Some(Code::FarFromProvince));
        assert_eq!(told(117.6, 24.0, "广东省"), None);
        assert_eq!(told(120.15, 30.27, ""), None, "without a province there is nothing to compare with");
    }
}
