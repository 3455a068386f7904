// Enhancements and nothing else: every page works without them.

// How many characters are left, told as somebody types (GOV.UK character count).
for (const field of document.querySelectorAll('[data-longest]')) {
  const longest = Number(field.dataset.longest);
  const told = document.createElement('p');
  told.className = 'govuk-hint app-count';
  told.id = `${field.id}-count`;
  field.after(told);
  field.setAttribute('aria-describedby',
    [field.getAttribute('aria-describedby'), told.id].filter(Boolean).join(' '));
  // Read out when the typing pauses, not at every key.
  const aloud = document.createElement('p');
  aloud.className = 'govuk-visually-hidden';
  aloud.setAttribute('aria-live', 'polite');
  told.after(aloud);
  let pause;
  const tell = () => {
    // Counted as the server counts: line ends once, and by characters, not by UTF-16.
    const left = longest - [...field.value.trim().replace(/\r\n?/g, '\n')].length;
    const count = Math.abs(left).toLocaleString('en-GB');
    const words = `${count} character${Math.abs(left) === 1 ? '' : 's'} ${left < 0 ? 'too many' : 'left'}`;
    told.textContent = `You have ${words}`;
    told.classList.toggle('govuk-error-message', left < 0);
    told.classList.toggle('govuk-hint', left >= 0);
    clearTimeout(pause);
    pause = setTimeout(() => { aloud.textContent = told.textContent; }, 1000);
  };
  field.addEventListener('input', tell);
  tell();
}

// What is typed into a section is kept while it is typed, and that is told.
for (const form of document.querySelectorAll('form[data-autosave]')) {
  const told = document.createElement('p');
  told.className = 'govuk-hint app-autosave';
  told.setAttribute('role', 'status');
  form.append(told);
  let pause, sending = false, again = false, typed = false;
  const keep = async () => {
    clearTimeout(pause);
    if (sending) { again = true; return; }
    sending = true;
    typed = false;
    told.textContent = 'Keeping what you typed…';
    try {
      const answer = await fetch(form.dataset.autosave, { method: 'POST', keepalive: true, body: new URLSearchParams(new FormData(form)) });
      if (answer.status !== 204) throw new Error(String(answer.status));
      const time = new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
      told.textContent = `What you typed is kept, ${time}. Press Save to put it into the request.`;
    } catch {
      told.textContent = 'What you typed could not be kept: save it before you leave this page.';
    }
    sending = false;
    if (again) { again = false; keep(); }
  };
  const later = (milliseconds) => { typed = true; clearTimeout(pause); pause = setTimeout(keep, milliseconds); };
  form.addEventListener('input', () => later(1500));
  form.addEventListener('change', () => later(200));
  // Whoever goes elsewhere, or signs out, needn't wait: what stands there is sent on its way.
  addEventListener('pagehide', () => { if (typed) keep(); });
  document.addEventListener('submit', (event) => {
    if (event.target === form) { clearTimeout(pause); typed = false; } else if (typed) keep();
  });
}

// What is typed into any other form is lost when the page is left: the browser asks first.
for (const form of document.querySelectorAll('main form[method=post]:not([data-autosave])')) {
  if (!form.querySelector('textarea')) continue;
  let typed = false;
  form.addEventListener('input', () => { typed = true; });
  form.addEventListener('submit', () => { typed = false; });
  addEventListener('beforeunload', (event) => { if (typed) event.preventDefault(); });
}

// The second press of a button does nothing: the first is on its way.
document.addEventListener('submit', (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = 'yes';
});
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// The keys that the help page lists.
const PLACES = { w: '/', r: '/requests', d: '/register', p: '/policy' };
let going = false;
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, select, textarea, [contenteditable]');
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key;
  if (going && PLACES[key]) location.assign(PLACES[key]);
  const press = { n: 'a[rel=next]', b: 'a[rel=prev]' }[key];
  if (!going && press) document.querySelector(press)?.click();
  if (!going && key === '?') location.assign('/help#keys');
  const search = document.querySelector('main input[type=search]');
  if (!going && key === '/' && search) { event.preventDefault(); search.focus(); }
  going = key === 'g';
});
