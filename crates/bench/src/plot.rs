//! Pictures of figures.

use crate::table::ms;
use anyhow::{Result, anyhow};
use plotters::prelude::*;
use std::path::Path;
use std::time::Duration;

/// A name, and at each size the time.
type Row = (&'static str, Vec<(usize, Duration)>);

/// Wide and high, of one picture.
const SIZE: (u32, u32) = (880, 520);

/// Draws how times grow with sizes, both axes by powers of ten.
pub fn growth(file: &Path, rows: &[Row]) -> Result<()> {
    draw(file, rows).map_err(|error| anyhow!("cannot draw {}: {error}", file.display()))
}

fn draw(file: &Path, rows: &[Row]) -> Result<(), Box<dyn std::error::Error>> {
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let sizes = || rows.iter().flat_map(|(_, points)| points.iter().map(|(size, _)| *size as f64));
    let times = || rows.iter().flat_map(|(_, points)| points.iter().map(|(_, took)| ms(*took).max(0.01)));
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)))
    };
    let ((from, to), (least, most)) = (ends(&mut sizes()), ends(&mut times()));
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .build_cartesian_2d((from..to * 40.0).log_scale(), (least * 0.8..most * 1.5).log_scale())?;
    chart.configure_mesh().x_desc("how many").y_desc("ms").light_line_style(WHITE).draw()?;
    for (n, (what, points)) in rows.iter().enumerate() {
        let colour = Palette99::pick(n).to_rgba();
        let line: Vec<(f64, f64)> = points.iter().map(|(size, took)| (*size as f64, ms(*took).max(0.01))).collect();
        chart.draw_series(LineSeries::new(line.clone(), colour.stroke_width(2)))?;
        chart.draw_series(line.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        if let Some(end) = line.last() {
            let label =
                Text::new((*what).to_owned(), (end.0 * 1.15, end.1), ("sans-serif", 12).into_font().color(&colour));
            chart.draw_series(std::iter::once(label))?;
        }
    }
    area.present()?;
    Ok(())
}
