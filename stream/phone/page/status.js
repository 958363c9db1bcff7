"use strict";

const $ = (id) => document.getElementById(id);

function row(phone) {
  const made = document.createElement("tr");
  const dropped = Object.entries(phone.dropped).map(([why, count]) => `${count} ${why}`).join(", ");
  for (const text of [phone.name, phone.app, phone.rate.toFixed(0), `${(1000 * phone.latency).toFixed(0)} ms`, dropped || "none"]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    made.append(cell);
  }
  return made;
}

async function look() {
  try {
    const { phones, refused } = await (await fetch("status")).json();
    $("phones").hidden = !phones.length;
    $("none").textContent = phones.length ? "" : "None yet.";
    $("phones").tBodies[0].replaceChildren(...phones.map(row));
    const all = Object.entries(refused).map(([why, count]) => `${count} × ${why}`).join("; ");
    $("refused").textContent = all ? `Refused: ${all}` : "";
  } catch {
    $("none").textContent = "hnhar phone is not running any more.";
  }
}

look();
setInterval(look, 1000);
