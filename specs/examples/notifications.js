// Shows a volunteer's notifications as they come. The page signs nothing: the platform gives it a token.
async function showNotifications(api, volunteer, token, show) {
  const inbox = `${api}/v1/volunteers/${encodeURIComponent(volunteer)}/notifications`;
  const call = async (url, method) => {
    const answer = await fetch(url, { method, headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    return answer.json();
  };
  const newest = await call(`${inbox}?limit=1`, "GET");
  let last = newest.items[0]?.id ?? 0;
  while (true) {
    const { ticket } = await call(`${api}/v1/stream-tickets`, "POST");
    await new Promise((closed) => {
      const stream = new EventSource(`${inbox}/stream?ticket=${ticket}&last_event_id=${last}`);
      stream.onmessage = (event) => { last = event.lastEventId; show(JSON.parse(event.data)); };
      // A ticket opens one stream, so EventSource cannot connect again by itself.
      stream.onerror = () => { stream.close(); setTimeout(closed, 3000); };
    });
  }
}
