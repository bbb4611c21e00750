// Draws every [data-chart] from the JSON block that it names, in the colours of the theme. Clicking a value opens its rows.
(() => {
  "use strict";
  const PALETTE = ["azure", "orange", "green", "purple", "cyan", "yellow", "pink", "secondary"];

  // ECharts reads rgb() but not oklch() or light-dark(): one pixel of a canvas tells what the browser makes of them.
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (variable) => {
    probe.style.color = `var(--tblr-${variable})`;
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = window.getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
  };

  const compact = (value) => {
    const locale = document.documentElement.lang || "en";
    return new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(Math.abs(value));
  };
  const exact = (value) => Math.abs(value).toLocaleString("en", { maximumFractionDigits: 2 });

  const series = (data, one, index) => {
    const line = data.kind === "line";
    const down = data.kind === "diverging" && index === 1;
    const stacked = data.kind === "stacked" || data.kind === "diverging";
    return {
      name: one.name,
      type: line ? "line" : "bar",
      stack: stacked ? "all" : undefined,
      barMaxWidth: 28,
      smooth: 0.2,
      symbolSize: 7,
      itemStyle: { borderRadius: stacked && !down && data.kind !== "diverging" ? 0 : down ? [0, 0, 3, 3] : [3, 3, 0, 0] },
      areaStyle: line && data.series.length === 1 ? { opacity: 0.1 } : undefined,
      cursor: one.urls ? "pointer" : "default",
      data: one.values.map((value, place) => ({
        value: value === null ? null : (down ? -1 : 1) * Number(value), // null leaves a gap: a day to come
        itemStyle: one.colors ? { color: colour(one.colors[place]) } : undefined,
      })),
    };
  };

  // A few labels are all shown, each broken to its share of the width.
  const labels = (box, number) =>
    number <= 6
      ? { interval: 0, overflow: "break", width: Math.floor((box.clientWidth - 40) / number) }
      : { interval: "auto", hideOverlap: true };

  const options = (box, data) => {
    const text = colour("secondary");
    const border = colour("border-color");
    const many = data.series.length > 1;
    return {
      animationDuration: 250,
      aria: { enabled: true },
      color: data.series.map((one, index) => colour(one.color || PALETTE[index % PALETTE.length])),
      textStyle: { fontFamily: window.getComputedStyle(document.body).fontFamily, color: text },
      grid: { left: 4, right: 8, top: many ? 32 : 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: many ? { top: 0, right: 0, icon: "circle", itemWidth: 8, itemHeight: 8, textStyle: { color: text } } : undefined,
      tooltip: {
        trigger: "axis",
        renderMode: "richText", // as HTML it would carry style attributes, which the content security policy refuses
        axisPointer: { type: data.kind === "line" ? "line" : "shadow" },
        backgroundColor: colour("bg-surface"),
        borderColor: border,
        textStyle: { color: colour("body-color"), fontSize: 12 },
        valueFormatter: (value) => `${exact(value)}${data.unit ? ` ${data.unit}` : ""}`,
      },
      xAxis: {
        type: "category",
        data: data.labels,
        boundaryGap: data.kind !== "line",
        axisTick: { show: false },
        axisLine: { lineStyle: { color: border } },
        axisLabel: { color: text, ...labels(box, data.labels.length) },
      },
      yAxis: {
        type: "value",
        minInterval: 1,
        splitLine: { lineStyle: { color: border } },
        axisLabel: { color: text, formatter: compact },
      },
      series: data.series.map((one, index) => series(data, one, index)),
    };
  };

  const draw = (box) => {
    const source = document.getElementById(box.dataset.chart);
    if (!source) return;
    const data = JSON.parse(source.textContent);
    const card = box.closest(".chart-card");
    box.hidden = false;
    card?.classList.add("has-picture");
    const button = card?.querySelector("[data-chart-table]");
    if (button) button.hidden = false;
    const chart = window.echarts.getInstanceByDom(box) ?? window.echarts.init(box);
    chart.setOption(options(box, data), true);
    chart.off("click");
    chart.on("click", ({ seriesIndex, dataIndex }) => {
      const url = data.series[seriesIndex].urls?.[dataIndex];
      if (url) window.location.assign(url);
    });
  };
  const drawAll = (root = document) => root.querySelectorAll("[data-chart]").forEach(draw);

  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const chart = window.echarts.getInstanceByDom(target);
      chart?.resize();
      chart?.setOption({ xAxis: { axisLabel: labels(target, chart.getOption().xAxis[0].data.length) } });
    }
  });
  const start = (root) => {
    drawAll(root);
    root.querySelectorAll("[data-chart]").forEach((box) => resized.observe(box));
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-table]");
    if (!button) return;
    const asTable = button.closest(".chart-card").classList.toggle("as-table");
    button.setAttribute("aria-expanded", String(asTable));
  });
  document.addEventListener("theme:change", () => drawAll());
  document.addEventListener("htmx:afterSwap", ({ detail }) => start(detail.target));
  start(document);
})();
