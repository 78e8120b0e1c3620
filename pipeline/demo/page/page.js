// Sends a form, and shows the answer as it comes. Nothing here knows an exercise.
"use strict";

const said = document.body.dataset;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function problem(box, text) {
  const line = document.createElement("p");
  line.className = "error";
  line.textContent = text;
  box.replaceChildren(line);
}

async function ask(form, box, signal) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
    signal,
  });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let html = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    html += value;
    box.innerHTML = html; // the server escapes every word
  }
}

for (const form of document.forms) {
  const box = form.parentElement.querySelector(".answer");
  const button = form.querySelector("[type=submit]");
  let running = null;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) return running.abort();
    running = new AbortController();
    button.textContent = said.stop;
    box.setAttribute("aria-busy", "true");
    box.innerHTML = "";
    const waiting = setTimeout(() => { if (!box.innerHTML) box.textContent = said.waiting; }, 300);
    try {
      await ask(form, box, running.signal);
      enliven(box);
    } catch (error) {
      if (error.name !== "AbortError") problem(box, said.failed);
      else if (box.textContent === said.waiting) box.textContent = "";
    } finally {
      clearTimeout(waiting);
      running = null;
      button.textContent = said.try;
      box.setAttribute("aria-busy", "false");
    }
  });
  form.addEventListener("click", (event) => {
    const { fill } = event.target.dataset;
    if (!fill) return;
    form.elements[fill].value = event.target.value;
    if (!running) form.requestSubmit();
  });
  form.addEventListener("keydown", (event) => { // Enter tries it, as in a field of one line
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target.tagName !== "TEXTAREA") return;
    event.preventDefault();
    if (!running) form.requestSubmit();
  });
  for (const slider of form.querySelectorAll("input[type=range]")) {
    const output = slider.parentElement.querySelector("output");
    const show = () => { output.textContent = slider.value; };
    slider.addEventListener("input", show);
    show();
  }
}

function enliven(box) {
  box.querySelectorAll("[data-steps]").forEach(steps);
  box.querySelectorAll(".looks").forEach(looks);
}

// A drawing that grows step by step: what has data-step is hidden until its step.
function steps(drawing) {
  const slider = drawing.querySelector("input[type=range]");
  const parts = drawing.querySelectorAll("[data-step]");
  const show = () => {
    for (const part of parts) {
      part.classList.toggle("later", Number(part.dataset.step) > Number(slider.value));
      part.classList.toggle("now", part.dataset.step === slider.value);
    }
    const room = drawing.querySelector(".drawn"); // a long drawing scrolls along
    const now = drawing.querySelector(".now").getBoundingClientRect(), seen = room.getBoundingClientRect();
    if (now.right > seen.right || now.left < seen.left) room.scrollLeft += now.left - seen.left - seen.width / 2;
  };
  let timer = null;
  const halt = () => { clearInterval(timer); };
  slider.addEventListener("input", () => { halt(); show(); });
  if (!calm.matches) {
    slider.value = slider.min;
    timer = setInterval(() => {
      if (!drawing.isConnected || slider.value === slider.max) return halt();
      slider.stepUp();
      show();
    }, 450);
  }
  show();
}

// Two rows of words: the one under the pointer, or with the focus, shades those of the other row by its weights.
function looks(pair) {
  const words = [...pair.querySelectorAll("[data-weights]")];
  const clear = () => {
    for (const word of words) {
      word.classList.remove("shade", "hot", "at");
      word.removeAttribute("style");
    }
  };
  const show = (word) => {
    clear();
    word.classList.add("at");
    const others = words.filter((other) => other.dataset.row !== word.dataset.row);
    word.dataset.weights.split(" ").map(Number).forEach((weight, place) => {
      others[place].classList.add("shade");
      others[place].classList.toggle("hot", weight > 0.7);
      others[place].style.setProperty("--s", weight);
    });
  };
  for (const word of words) {
    for (const kind of ["pointerenter", "focus", "click"]) word.addEventListener(kind, () => show(word));
  }
  pair.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") clear(); });
  const first = words.find((word) => word.dataset.row === "target");
  if (first) show(first);
}
