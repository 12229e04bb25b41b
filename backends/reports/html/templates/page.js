"use strict";
(() => {
  const page = document.documentElement;
  page.classList.add("js");

  // Tables: sorted by their headings, filtered by what is typed, some rows at first.
  const MORE = 200;

  function number(text) {
    const plain = text.replace(/[,%<>]/g, "").replace(/−/g, "-").trim();
    return plain === "" ? NaN : plain === "∞" ? Infinity : plain === "-∞" ? -Infinity : Number.parseFloat(plain);
  }

  function ofElement(element) {
    const cells = [...element.cells];
    return {
      element,
      text: cells.map((cell) => cell.textContent).join(" ").toLowerCase(),
      keys: cells.map((cell) => cell.dataset.sort ?? cell.textContent),
    };
  }

  function ofData([cells, tone]) {
    return { cells, tone, text: cells.join(" ").toLowerCase(), keys: cells };
  }

  function build(row, headings) {
    const element = document.createElement("tr");
    if (row.tone) element.className = row.tone;
    row.cells.forEach((text, index) => {
      const cell = element.insertCell();
      cell.textContent = text;
      if (headings[index].dataset.kind === "number") cell.className = "n";
    });
    return element;
  }

  function makeTable(box) {
    const table = box.querySelector(".scroll > table");
    const body = table.tBodies[0];
    const headings = [...table.tHead.rows[0].cells];
    const rest = box.querySelector("script.rest");
    const rows = [...[...body.rows].map(ofElement), ...(rest ? JSON.parse(rest.textContent).map(ofData) : [])];
    const input = box.querySelector("input");
    const least = Number(box.dataset.limit);
    const foot = document.createElement("div");
    foot.className = "more";
    foot.setAttribute("aria-live", "polite");
    box.append(foot);
    let order = rows;
    let limit = least;

    function show() {
      const wanted = input.value.trim().toLowerCase();
      const found = wanted ? order.filter((row) => row.text.includes(wanted)) : order;
      const shown = found.slice(0, limit);
      body.replaceChildren(...shown.map((row) => (row.element ??= build(row, headings))));
      foot.replaceChildren();
      foot.hidden = shown.length === rows.length;
      if (foot.hidden) return;
      const of = wanted ? `${found.length.toLocaleString("en")} found` : found.length.toLocaleString("en");
      foot.append(`${shown.length.toLocaleString("en")} of ${of}`);
      if (shown.length < found.length) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = `Show ${Math.min(MORE, found.length - shown.length)} more`;
        button.addEventListener("click", () => {
          limit += MORE;
          show();
          foot.querySelector("button")?.focus();
        });
        foot.append(button);
      }
    }

    function sort(index, heading) {
      const down = heading.getAttribute("aria-sort") === "ascending";
      const back = heading.getAttribute("aria-sort") === "descending";
      headings.forEach((each) => each.removeAttribute("aria-sort"));
      if (back) {
        order = rows; // the third time: as it was
      } else {
        const isNumber = heading.dataset.kind === "number";
        const sign = down ? -1 : 1;
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const compare = (a, b) => {
          if (!isNumber) return sign * a.keys[index].localeCompare(b.keys[index], "en", { numeric: true });
          const [x, y] = [number(a.keys[index]), number(b.keys[index])];
          // What has no number comes last, whichever way.
          if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
          return x === y ? 0 : sign * (x < y ? -1 : 1);
        };
        order = [...rows].sort(compare);
      }
      limit = least;
      show();
    }

    headings.forEach((heading, index) => {
      if ("unsorted" in heading.dataset) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(index, heading));
      heading.append(button);
    });
    input.addEventListener("input", () => {
      limit = least;
      show();
    });
    show();
  }

  document.querySelectorAll("[data-table]").forEach(makeTable);

  // Long lists: some at first.
  document.querySelectorAll("[data-list]").forEach((list) => {
    const hidden = [...list.children].slice(Number(list.dataset.limit));
    if (!hidden.length) return;
    hidden.forEach((each) => { each.hidden = true; });
    const foot = document.createElement("p");
    foot.className = "more";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Show ${hidden.length} more`;
    button.addEventListener("click", () => {
      hidden.forEach((each) => { each.hidden = false; });
      foot.remove();
    });
    foot.append(button);
    list.after(foot);
  });

  // Curves: the picture gives way to one that can be zoomed, on screens.
  const colour = (name) => getComputedStyle(page).getPropertyValue(name).trim();

  function makeCurve(figure) {
    const chart = JSON.parse(figure.querySelector("script").textContent);
    const place = figure.querySelector(".zoom");
    figure.classList.add("zooms");
    let drawn = null;

    function draw() {
      drawn?.destroy();
      const axis = { stroke: colour("--faint"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { show: false } };
      drawn = new uPlot({
        width: Math.max(280, place.clientWidth),
        height: 230,
        scales: { x: { time: false } },
        cursor: { drag: { x: true, y: false } },
        legend: { live: true },
        axes: [axis, { ...axis, size: 56 }],
        series: [
          { label: chart.axis },
          ...chart.names.map((name, index) => ({
            label: name,
            stroke: colour(`--s${index % 6}`),
            width: 1.6,
            spanGaps: true,
            points: { show: chart.data[index + 1].filter((value) => value !== null).length < 3, size: 8 },
          })),
        ],
      }, chart.data, place);
    }

    draw();
    let width = place.clientWidth;
    new ResizeObserver(() => {
      if (place.clientWidth && place.clientWidth !== width) {
        width = place.clientWidth;
        drawn.setSize({ width: Math.max(280, width), height: 230 });
      }
    }).observe(place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  }

  if (typeof uPlot === "function") document.querySelectorAll("[data-curve]").forEach(makeCurve);

  // Where one is on the page.
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) links.get(entry.target.id)?.classList.toggle("now", entry.isIntersecting);
  }, { rootMargin: "-10% 0px -70% 0px" });
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));
})();
