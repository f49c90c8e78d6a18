// Charts of tables: <canvas data-chart="bar|line" data-table="id of the table" data-columns="0,2">. The table is the truth:
// its row heads are the labels, data-value of its cells the numbers. Without scripts there are only the tables.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let charts = [];

  const draw = (canvas) => {
    const table = document.getElementById(canvas.dataset.table);
    if (!table) return;
    const rows = [...table.tBodies[0].rows];
    if (table.dataset.newestFirst !== undefined) rows.reverse();
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const css = getComputedStyle(document.documentElement);
    const colour = (name) => css.getPropertyValue(name).trim();
    const colours = [colour("--accent"), colour("--warn"), colour("--good")];
    const columns = canvas.dataset.columns.split(",").map(Number);
    const datasets = columns.map((column, at) => ({
      label: heads[column + 1],
      data: rows.map((row) => {
        const value = row.cells[column + 1].dataset.value;
        return value === undefined ? null : Number(value);
      }),
      backgroundColor: colours[at],
      borderColor: colours[at],
      borderDash: at === 1 ? [6, 4] : [],
      borderWidth: canvas.dataset.chart === "line" ? 2 : 0,
      pointRadius: rows.length > 40 ? 0 : 3,
      spanGaps: true,
    }));
    const across = canvas.dataset.across !== undefined;
    const scale = (grid) => ({
      beginAtZero: true,
      ticks: { color: colour("--soft"), maxRotation: 0, autoSkipPadding: 12 },
      grid: { color: grid ? colour("--line") : "transparent" },
    });
    canvas.closest("figure").hidden = false;
    charts.push(new Chart(canvas, {
      type: canvas.dataset.chart,
      data: { labels: rows.map((row) => row.cells[0].textContent.trim()), datasets },
      options: {
        animation: still.matches ? false : { duration: 300 },
        indexAxis: across ? "y" : "x",
        maintainAspectRatio: false,
        interaction: { mode: "index", axis: across ? "y" : "x", intersect: false },
        plugins: { legend: { display: datasets.length > 1, labels: { color: colour("--text"), boxWidth: 14 } } },
        scales: { x: scale(across), y: scale(!across) },
      },
    }));
  };

  const drawAll = () => {
    charts.forEach((chart) => chart.destroy());
    charts = [];
    document.querySelectorAll("canvas[data-chart]").forEach(draw);
  };
  if (typeof Chart === "undefined") return;
  drawAll();
  dark.addEventListener("change", drawAll);
});
