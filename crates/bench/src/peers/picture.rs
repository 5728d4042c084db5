//! A picture of a report: each figure as so many times ours, by powers of ten, so that all of them go into one.

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

/// Wide.
const WIDTH: u32 = 960;

/// To the right, where the servers are named.
const LEGEND: u32 = 150;

/// High: of one row, and of what else a panel has.
const HIGH: (usize, usize) = (24, 100);

/// Of a panel's servers, in order; ours is the line at 1.
const COLOURS: [RGBColor; 8] = [
    RGBColor(60, 60, 60),
    RGBColor(164, 66, 36),
    RGBColor(60, 110, 60),
    RGBColor(148, 96, 176),
    RGBColor(35, 92, 136),
    RGBColor(204, 138, 20),
    RGBColor(20, 138, 138),
    RGBColor(196, 60, 120),
];

/// What belongs together.
pub struct Panel {
    /// What it is about.
    pub title: &'static str,
    /// The servers beside ours.
    pub servers: Vec<&'static str>,
    /// What was measured, and for each server how many times as bad as ours it is.
    pub rows: Vec<(&'static str, Vec<Option<f64>>)>,
}

/// Draws all of them.
pub fn draw(file: &Path, panels: &[Panel]) -> Result<()> {
    all(file, panels).map_err(|error| anyhow!("cannot draw {}: {error}", file.display()))
}

fn all(file: &Path, panels: &[Panel]) -> Result<(), Box<dyn std::error::Error>> {
    let high = |panel: &Panel| u32::try_from(panel.rows.len() * HIGH.0 + HIGH.1).unwrap_or_default();
    let area = SVGBackend::new(file, (WIDTH, panels.iter().map(high).sum())).into_drawing_area();
    area.fill(&WHITE)?;
    let mut rest = area;
    for drawn in panels {
        let (here, below) = rest.split_vertically(high(drawn));
        panel(&here, drawn)?;
        rest = below;
    }
    rest.present()?;
    Ok(())
}

fn panel(area: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel) -> Result<(), Box<dyn std::error::Error>> {
    let values = panel.rows.iter().flat_map(|(_, row)| row.iter().flatten().copied());
    let (least, most) = values.fold((1.0_f64, 1.0_f64), |(least, most), value| (least.min(value), most.max(value)));
    let rows = panel.rows.len();
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{}: times ours, worse to the right", panel.title), ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(24)
        .y_label_area_size(340)
        .margin_right(LEGEND)
        .build_cartesian_2d((least / 1.5..most * 1.5).log_scale(), (0..rows).into_segmented())?;
    let name = |place: &SegmentValue<usize>| match place {
        // From the bottom upwards, as the axis goes.
        SegmentValue::CenterOf(n) if *n < rows => panel.rows[rows - 1 - n].0.to_owned(),
        _ => String::new(),
    };
    let times = |value: &f64| format!("×{value}");
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&times)
        .y_label_formatter(&name)
        .y_labels(rows)
        .draw()?;
    let ours = [SegmentValue::Exact(0), SegmentValue::Last].map(|end| (1.0, end));
    chart.draw_series([PathElement::new(ours, BLACK.stroke_width(2))])?;
    for (n, (server, colour)) in panel.servers.iter().zip(COLOURS.iter().cycle()).enumerate() {
        let points = panel.rows.iter().rev().enumerate();
        let points = points.filter_map(|(at, (_, row))| Some((*row.get(n)?.as_ref()?, SegmentValue::CenterOf(at))));
        chart.draw_series(points.map(|point| Circle::new(point, 5, colour.mix(0.85).filled())))?;
        let at = (i32::try_from(WIDTH - LEGEND)? + 16, i32::try_from(40 + 18 * n)?);
        area.draw(&Circle::new(at, 5, colour.filled()))?;
        area.draw(&Text::new(*server, (at.0 + 12, at.1 - 7), ("sans-serif", 13)))?;
    }
    Ok(())
}
