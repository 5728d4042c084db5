//! Pictures of figures.

use crate::table::ms;
use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;
use std::time::Duration;

/// A name, and at each size the time.
type Row = (&'static str, Vec<(usize, Duration)>);

/// Wide and high, of one picture.
const SIZE: (u32, u32) = (960, 880);

/// Of the rows of a panel, in order.
const COLOURS: [RGBColor; 3] = [RGBColor(35, 92, 136), RGBColor(164, 66, 36), RGBColor(60, 110, 60)];

/// Draws how times grow with sizes, both axes by powers of ten: a panel for each kind of growth, which is the word before a
/// row's colon.
pub fn growth(file: &Path, rows: &[Row]) -> Result<()> {
    draw(file, rows).map_err(|error| anyhow!("cannot draw {}: {error}", file.display()))
}

fn draw(file: &Path, rows: &[Row]) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let kind = |row: &Row| row.0.split(':').next().unwrap_or_default();
    let panels: Vec<&[Row]> = rows.chunk_by(|one, other| kind(one) == kind(other)).collect();
    for (area, rows) in area.split_evenly((panels.len().div_ceil(2), 2)).iter().zip(panels) {
        panel(area, rows.first().map_or("", kind), rows)?;
    }
    area.present()?;
    Ok(())
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    name: &str,
    rows: &[Row],
) -> Result<(), Box<dyn std::error::Error>> {
    let points = |points: &[(usize, Duration)]| -> Vec<(f64, f64)> {
        points.iter().map(|(size, took)| (*size as f64, ms(*took).max(0.01))).collect()
    };
    let all: Vec<(f64, f64)> = rows.iter().flat_map(|(_, row)| points(row)).collect();
    let ends = |of: fn(&(f64, f64)) -> f64| {
        all.iter().map(of).fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)))
    };
    let ((from, to), (least, most)) = (ends(|point| point.0), ends(|point| point.1));
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{name}: ms"), ("sans-serif", 16))
        .margin(14)
        .x_label_area_size(24)
        .y_label_area_size(44)
        .build_cartesian_2d((from..to).log_scale(), (least / 2.0..most * (most / least).sqrt().max(4.0)).log_scale())?;
    let whole = |size: &f64| format!("{size:.0}");
    chart.configure_mesh().light_line_style(WHITE).x_label_formatter(&whole).draw()?;
    for ((what, row), colour) in rows.iter().zip(COLOURS) {
        let told = what.split(": ").nth(1).unwrap_or(what);
        let line = LineSeries::new(points(row), colour.stroke_width(2)).point_size(3);
        chart.draw_series(line)?.label(told).legend(move |(x, y)| Circle::new((x + 8, y), 4, colour.filled()));
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).background_style(WHITE.mix(0.8)).draw()?;
    Ok(())
}
