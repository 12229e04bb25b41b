// Keeps the page of a run, or of a log, in step with what happens. Without it the pages are as they were when read.
"use strict";

const SIGNS = {waiting: "·", running: "▶", retrying: "↻", succeeded: "✓", cached: "=", skipped: "↷", failed: "✗",
  cancelled: "✗", not_run: "–"};

function seconds(value) {
  if (value === null || value === undefined) return "";
  if (value < 60) return value.toFixed(value < 10 ? 2 : 1) + "s";
  const whole = Math.round(value);
  return Math.floor(whole / 60) + "m" + String(whole % 60).padStart(2, "0") + "s";
}

function showState(place, state) {
  place.className = "state " + state;
  place.children[0].textContent = SIGNS[state] || "?";
  place.children[1].textContent = state.replace("_", " ");
}

function showNode(page, found) {
  for (const box of page.querySelectorAll("[data-node]")) {
    if (box.dataset.node !== found.node) continue;
    box.setAttribute("class", "box " + found.state);
    const sign = box.querySelector(".sign");
    if (sign) sign.textContent = found.state === "succeeded" ? seconds(found.seconds) : SIGNS[found.state] || "?";
  }
  for (const row of page.querySelectorAll("[data-row]")) {
    if (row.dataset.row !== found.node) continue;
    showState(row.querySelector("[data-state] .state"), found.state);
    const time = row.querySelector("[data-time]");
    if (found.state === "running") time.dataset.since = found.time;
    else { delete time.dataset.since; time.textContent = ["cached", "skipped", "not_run"].includes(found.state) ? "" : seconds(found.seconds); }
    const log = row.querySelector("[data-log]");
    if (found.state === "running" && !log.firstChild) {
      const link = document.createElement("a");
      link.href = log.dataset.log;
      link.textContent = "log";
      log.append(link);
    }
  }
}

function follow(page) {
  const source = new EventSource(page.dataset.live);
  const lost = page.querySelector("[data-lost]");
  source.addEventListener("open", () => { lost.hidden = true; });
  source.addEventListener("error", () => { lost.hidden = false; });
  source.addEventListener("node", (event) => showNode(page, JSON.parse(event.data)));
  source.addEventListener("end", (event) => {
    source.close();
    showState(page.querySelector("[data-run] .state"), JSON.parse(event.data).state);
    // What the run has found out is on the page as it is read now.
    setTimeout(() => location.reload(), 1200);
  });
  setInterval(() => {
    for (const time of page.querySelectorAll("[data-since]")) {
      time.textContent = seconds(Math.max(0, Date.now() / 1000 - Number(time.dataset.since)));
    }
  }, 500);
}

function followLog(log) {
  const source = new EventSource(log.dataset.follow);
  log.scrollTop = log.scrollHeight;
  source.addEventListener("log", (event) => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(JSON.parse(event.data));
    if (atEnd) log.scrollTop = log.scrollHeight;
  });
}

for (const page of document.querySelectorAll("[data-live]")) follow(page);
for (const log of document.querySelectorAll("[data-follow]")) followLog(log);
