// Charts: thin lines, labels on the lines, no legend where one line serves, the zero line visible; no animation.
"use strict";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const colours = () => ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6", "--s7", "--s8"].map(token);
const digits = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en-US").replace("-", "−"));
const instant = (day) => Date.parse(`${day}T00:00:00Z`);
const byName = (data) => data.kind === "bars" || data.kind === "curve"; // rows are names, else days
const severalLines = (data) => (data.kind === "lines" || data.kind === "curve") && data.series.length > 1;
const isoDay = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 10);

function tooltipOf(data) {
  return {
    trigger: "axis", renderMode: "richText", confine: true, backgroundColor: token("--card"), borderColor: token("--line"),
    borderWidth: 1, padding: 8, textStyle: { color: token("--ink"), fontSize: 13, lineHeight: 18 },
    axisPointer: { lineStyle: { color: token("--grey"), type: "solid", width: 1 } },
    formatter: (points) => {
      const at = points[0].dataIndex;
      const lines = data.series.map((one) => `${one.name}  ${digits(one.values[at])}`);
      const whole = data.kind === "stack" ? [digits(Number(data.series.reduce((sum, one) => sum + (one.values[at] ?? 0), 0).toFixed(2)))] : [];
      return [`${data.rows[at]}  ${whole}`, ...lines].join("\n");
    },
  };
}

function frameOf(data, small) {
  const text = { color: token("--grey"), fontSize: 13, fontFamily: getComputedStyle(document.body).fontFamily };
  const line = { lineStyle: { color: token("--line") } };
  const named = severalLines(data);
  const legend = data.series.length > 1 && !named && !small;
  const bars = data.kind === "bars";
  return {
    animation: false, useUTC: true, color: colours(), textStyle: text, aria: { enabled: false }, tooltip: tooltipOf(data),
    grid: { left: 4, right: named ? 112 : 16, top: (legend ? 34 : 12) + (small ? 0 : 16 * data.marks.length), bottom: 4, containLabel: true },
    legend: legend
      ? { top: 0, left: 0, type: "scroll", icon: "rect", itemWidth: 10, itemHeight: 10, textStyle: text, selectedMode: false }
      : undefined,
    xAxis: {
      type: byName(data) ? "category" : "time", data: byName(data) ? data.rows : undefined, boundaryGap: bars, axisTick: { show: false },
      axisLine: line, splitNumber: small ? 2 : 6, splitLine: { show: false },
      axisLabel: { color: token("--grey"), hideOverlap: true, formatter: (at) => (byName(data) ? at.slice(0, 7) : isoDay(at).slice(5, 10)) },
    },
    yAxis: {
      type: "value", splitLine: line, splitNumber: small ? 2 : 4, scale: data.kind === "lines",
      axisLabel: { color: token("--grey"), formatter: digits }, axisLine: { show: false },
    },
  };
}

// Lines that end at the same place share one label.
function endNames(series) {
  const ends = series.map((one) => one.values.at(-1) ?? NaN);
  const every = series.flatMap((one) => one.values.filter((value) => value !== null));
  const near = (Math.max(...every) - Math.min(...every)) / 40;
  const first = ends.map((end, at) => ends.findIndex((other, place) => place <= at && Math.abs(other - end) <= near));
  return series.map((one, at) => (first[at] === at || first[at] === -1 ? series.filter((_, place) => place === at || first[place] === at).map((other) => other.name).join(" · ") : ""));
}

function seriesOf(data, small) {
  const names = endNames(data.series);
  const stack = data.kind === "stack";
  const bars = data.kind === "bars";
  const named = severalLines(data);
  const drawn = data.series.map((one, at) => ({
    name: one.name, type: bars ? "bar" : "line", stack: stack ? "all" : undefined, symbol: "none", connectNulls: false,
    data: byName(data) ? one.values : one.values.map((value, day) => [instant(data.rows[day]), value]),
    lineStyle: { width: stack ? 0.5 : 1.5 }, areaStyle: stack ? { opacity: 0.75 } : undefined,
    barMaxWidth: 16, emphasis: { disabled: true },
    endLabel: named && names[at] ? { show: true, formatter: names[at], color: colours()[at % 8], distance: 6, width: 104, overflow: "break" } : undefined,
    labelLayout: named ? { moveOverlap: "shiftY" } : undefined,
  }));
  const marks = (small ? [] : data.marks).map((mark, at) => ({
    xAxis: byName(data) ? mark.row : instant(mark.row), name: mark.word, lineStyle: { type: "dashed" },
    label: { distance: 2 + 16 * at },
  }));
  const zero = data.kind === "lines" ? [] : [{ yAxis: 0, name: "" }];
  drawn[0].markLine = {
    silent: true, symbol: "none", lineStyle: { color: token("--grey"), width: 1, type: "solid" },
    label: { color: token("--grey"), position: "end", formatter: (mark) => mark.name }, data: [...zero, ...marks],
  };
  return drawn;
}

function draw(figure) {
  if (!figure.isConnected) return; // another card was opened while this one's side panel came
  const place = figure.querySelector(".plot");
  const data = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const chart = echarts.getInstanceByDom(place) ?? echarts.init(place, null, { renderer: "svg" });
  const small = place.classList.contains("small");
  chart.setOption({ ...frameOf(data, small), series: seriesOf(data, small) }, true);
}

const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);

drawAll(document);
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
window.addEventListener("resize", () => document.querySelectorAll(".plot").forEach((place) => echarts.getInstanceByDom(place)?.resize()));
