// Charts: thin lines, labels on the lines, no legend where one line serves, the zero line visible; no animation.
"use strict";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colours = () => ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6", "--s7", "--s8"].map(token);

const digits = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en-US").replace("-", "−"));

function frameOf(data, small) {
  const text = { color: token("--grey"), fontSize: 13, fontFamily: getComputedStyle(document.body).fontFamily };
  const line = { lineStyle: { color: token("--line") } };
  const named = data.kind === "lines";
  return {
    animation: false,
    color: colours(),
    textStyle: text,
    aria: { enabled: false },
    grid: { left: 4, right: named ? 96 : 12, top: data.series.length > 1 && !named ? 30 : 12, bottom: 4, containLabel: true },
    legend: data.series.length > 1 && !named && !small
      ? { top: 0, left: 0, type: "scroll", icon: "rect", itemWidth: 10, itemHeight: 10, textStyle: text, selectedMode: false }
      : undefined,
    tooltip: {
      trigger: "axis", renderMode: "richText", confine: true, backgroundColor: token("--card"),
      borderColor: token("--line"), borderWidth: 1, padding: 8, textStyle: { color: token("--ink"), fontSize: 13 },
      axisPointer: { lineStyle: { color: token("--grey"), type: "solid", width: 1 } },
      valueFormatter: digits,
    },
    xAxis: {
      type: "category", data: data.rows, boundaryGap: data.kind === "bars", axisTick: { show: false }, axisLine: line,
      axisLabel: { color: token("--grey"), hideOverlap: true, formatter: (row) => row.slice(5) },
    },
    yAxis: {
      type: "value", splitLine: line, splitNumber: small ? 2 : 4,
      axisLabel: { color: token("--grey"), formatter: digits }, axisLine: { show: false },
    },
  };
}

function seriesOf(data) {
  const stack = data.kind === "stack";
  const drawn = data.series.map((one, at) => ({
    name: one.name, type: data.kind === "bars" ? "bar" : "line", data: one.values, stack: stack ? "all" : undefined,
    symbol: "none", lineStyle: { width: stack ? 0.5 : 1.5 }, areaStyle: stack ? { opacity: 0.75 } : undefined,
    barMaxWidth: 8, emphasis: { disabled: true }, connectNulls: false,
    endLabel: data.kind === "lines" ? { show: true, formatter: one.name, color: colours()[at % 8], distance: 6, width: 88, overflow: "break" } : undefined,
  }));
  if (drawn.length) drawn[0].markLine = {
    silent: true, symbol: "none", lineStyle: { color: token("--grey"), width: 1, type: "solid" }, label: { color: token("--grey"), formatter: (mark) => mark.name },
    data: [{ yAxis: 0, name: "" }, ...data.marks.map((mark) => ({ xAxis: mark.row, name: mark.word, lineStyle: { type: "dashed" } }))],
  };
  return drawn;
}

function draw(figure) {
  const place = figure.querySelector(".plot");
  const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const chart = echarts.getInstanceByDom(place) ?? echarts.init(place, null, { renderer: "svg" });
  chart.setOption({ ...frameOf(data, place.classList.contains("small")), series: seriesOf(data) }, true);
}

const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);

drawAll(document);
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
window.addEventListener("resize", () => document.querySelectorAll(".plot").forEach((place) => echarts.getInstanceByDom(place)?.resize()));
