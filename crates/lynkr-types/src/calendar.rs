//! Dates of days.

/// The Gregorian date (year, month, day) of a day since 1970-01-01: Howard Hinnant's `civil_from_days`. Counting years from
/// March puts the leap day last, so that months have a fixed pattern of lengths within each era of 400 years.
pub const fn civil(days: u64) -> (u64, u64, u64) {
    // Days from 0000-03-01, the start of an era, to 1970-01-01.
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let (month, next) = if march_month < 10 { (march_month + 3, 0) } else { (march_month - 9, 1) };
    (era * 400 + year_of_era + next, month, day)
}
