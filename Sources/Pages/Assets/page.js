'use strict';
// Everything works without this script. It keeps the page up to date: when the stream says that something has changed,
// it fetches this address again and puts the regions of the new page in place of the old ones.
(() => {
  const {body} = document, {stream, visitor} = body.dataset, byId = id => id && document.getElementById(id);
  const news = byId('news'), lost = byId('disconnected');
  const regions = '[data-live],[data-messages]', fields = 'input:not([type=hidden]),textarea,select';
  let busy, again, connected = true, failures = 0, last = 0, tries = 0;

  const show = isLive => { lost.hidden = isLive; };

  // The key of a form differs in each answer, and changes nothing for the visitor.
  const look = region => region.outerHTML.replace(/(name="key" value=")[^"]*/g, '$1');
  const isEdited = region => [...region.querySelectorAll(fields)].some(
    field => field === document.activeElement || 'defaultValue' in field && field.value !== field.defaultValue);

  const replace = (old, fresh) => {
    const focus = old.contains(document.activeElement) && document.activeElement;
    old.replaceWith(fresh);
    if (!focus) return;
    const target = byId(focus.id)
      ?? [...fresh.querySelectorAll('a')].find(link => link.getAttribute('href') === focus.getAttribute('href'))
      ?? fresh.querySelector('h1,h2,h3') ?? fresh;
    if (target.tabIndex < 0) target.tabIndex = -1;
    target.focus({preventScroll: true});
  };

  const load = async () => {
    const answer = await fetch(location.href, {headers: {accept: 'text/html'}});
    if (!answer.ok) throw answer.status;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html'), said = [];
    // Another page, such as the one that asks to sign in.
    if (page.body.dataset.visitor !== visitor) throw 401;
    body.dataset.now = page.body.dataset.now;
    for (const item of page.querySelectorAll('[data-news]'))
      if (byId(item.id)?.dataset.news !== item.dataset.news) said.push(item.dataset.news);
    for (const old of document.querySelectorAll(regions)) {
      const fresh = page.getElementById(old.id);
      if (!fresh || isEdited(old)) continue;
      for (const {id} of old.querySelectorAll('details[open][id]'))
        fresh.querySelector('#' + id)?.setAttribute('open', '');
      if (look(old) !== look(fresh)) replace(old, fresh);
    }
    if (said.length) news.textContent = said.slice(0, 3).join(' ');
    watch();
  };

  // One request at a time and one a second. The last change is never left out, also if a request fails; but an answer
  // that will stay the same, such as that the visitor is not signed in, ends it.
  const refresh = async () => {
    again = true;
    if (busy || document.hidden) return;
    busy = true;
    while (again && !document.hidden) {
      again = false;
      try {
        await load();
        failures = 0;
        show(connected);
      } catch (status) {
        show(false);
        again = !(status < 429) && ++failures;
      }
      await new Promise(done => setTimeout(done, 1000 * 2 ** Math.min(failures, 6)));
    }
    busy = false;
  };

  // A command that changes nothing is not heard of on the stream.
  const watch = () => { if (document.querySelector('[data-running]') && tries++ < 30) setTimeout(refresh, 1000); };

  const concerns = ({applications, messages, all}) => all || [...document.querySelectorAll(regions)].some(
    ({dataset}) => messages && dataset.messages === '' || applications && dataset.live?.split(' ').some(
      id => id === '*' || applications.includes(decodeURIComponent(id))));

  // `live` says whether the stream is there, `data` what has changed.
  const hear = ({id, data, live}) => {
    if (live !== undefined) show(connected = live);
    last = Math.max(last, id || 0);
    if (data && concerns(data)) refresh();
  };

  // One tab follows the stream and tells the others, because a browser opens only six connections to a host. A tab that
  // has just been opened asks for what was told while it was loading.
  const follow = () => new Promise(() => {
    const told = [];
    let failures = 0;
    const tell = event => {
      hear(event);
      tabs?.postMessage(event);
      if (event.data && told.push(event) > 50) told.shift();
    };
    if (tabs) tabs.onmessage = ({data: {since}}) => {
      for (const event of told) if (event.id > since) tabs.postMessage(event);
    };
    const connect = () => {
      const source = new EventSource(`${stream}?after=${Math.max(last, body.dataset.now)}`);
      source.onopen = () => { failures = 0; tell({live: true}); };
      source.onmessage = ({data, lastEventId}) => tell({id: +lastEventId, data: JSON.parse(data)});
      source.onerror = () => {
        if (++failures > 2) tell({live: false});
        if (source.readyState === 2) setTimeout(connect, 1000 * 2 ** Math.min(failures, 6));
      };
    };
    connect();
  });

  const tabs = stream && self.BroadcastChannel && new BroadcastChannel(visitor);
  if (stream) {
    if (tabs) {
      tabs.onmessage = ({data}) => hear(data);
      // Another process's clock may be two seconds ahead.
      tabs.postMessage({since: body.dataset.now - 2e6});
    }
    tabs && navigator.locks ? navigator.locks.request(visitor, follow) : follow();
    document.addEventListener('visibilitychange', () => { if (again) refresh(); });
    watch();
  }

  // A form that is being sent says so, and is sent once.
  document.addEventListener('submit', ({target}) => {
    const button = target.method === 'post' && target.querySelector('button');
    if (button) setTimeout(() => {
      button.dataset.name = button.textContent;
      button.textContent = body.dataset.sending;
      button.disabled = true;
    });
  });
  addEventListener('pageshow', ({persisted}) => {
    if (!persisted) return;
    for (const button of document.querySelectorAll('[data-name]')) {
      button.textContent = button.dataset.name;
      button.disabled = false;
    }
    if (stream) refresh();
  });
})();
