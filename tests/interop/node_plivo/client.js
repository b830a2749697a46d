// Plivo's SDK for Node, unmodified, against a lab: every resource, one JSON object of what each call gave.
//
// Reads {url, auth_id, auth_token, hook, powerpack, picture, webhook, step} from its standard input. Accounts, Applications and Lookup have hosts
// that no option changes, so the SDK's own axios rewrites them.
const { createRequire } = require("node:module");

const inside = createRequire(require.resolve("plivo"));
const axios = inside("axios");
const create = axios.create;

function main(given) {
  const address = new URL(given.url);
  const rewrite = (request) => {
    request.url = request.url.replace(/^https:\/\/(api|lookup)\.plivo\.com/, address.origin);
    return request;
  };
  axios.interceptors.request.use(rewrite);
  axios.create = (...options) => {
    const made = create(...options);
    made.interceptors.request.use(rewrite);
    return made;
  };
  const plivo = require("plivo");
  const client = new plivo.Client(given.auth_id, given.auth_token, { url: `${given.url}/${given.auth_id}` });
  const as = (id, token) => new plivo.Client(id, token, { url: `${given.url}/${id}` });
  const phlos = new plivo.PhloClient(given.auth_id, given.auth_token, { url: given.url.replace(/\/Account$/, "") });
  if (given.webhook) return validate(plivo, given);
  if (given.step) return steps[given.step](client, given);
  return tour(client, as, phlos, given);
}

function validate(plivo, { webhook, auth_token }) {
  const { url, method, headers, params } = webhook;
  return {
    v2: plivo.validateSignature(
      url, headers["x-plivo-signature-v2-nonce"], headers["x-plivo-signature-v2"], auth_token),
    v3: plivo.validateV3Signature(
      method, url, headers["x-plivo-signature-v3-nonce"], auth_token, headers["x-plivo-signature-v3"], params),
    forged: plivo.validateSignature(
      url, headers["x-plivo-signature-v2-nonce"], headers["x-plivo-signature-v2"], "another token"),
  };
}

const address = { street: "1 Main St", city: "Reno", state: "NV", postal_code: "89501", country: "US" };
const contact = { first_name: "Ada", last_name: "Lovelace", email: "ada@example.com", phone: "12125550100", title: "Dr", seniority: "CEO" };
const said = "Codes with which customers of Acme open their accounts.";

const profileOf = (client) => client.profile.create(
  "acme", "", "DIRECT", "PRIVATE", "Acme Inc.", "123456789", "RETAIL", "US", "", "", "NONE", "www.example.com", address, contact);
const brandOf = (client, profile, hook) =>
  client.brand.create("acme", profile.profileUuid, "STANDARD", true, { url: hook, method: "POST" });
const campaignOf = (client, brand) => client.campaign.create(
  brand, "codes", "RETAIL", "2FA", [], said, false, false, false, false, true, true, true, false,
  said, said, undefined, undefined, undefined, said, said, said);

// A registration that is approved on the way: between the steps the lab's time passes.
const steps = {
  brand: async (client, { hook }) => await brandOf(client, await profileOf(client), hook),
  campaign: async (client, { brand }) => await campaignOf(client, brand),
  numbers: async (client, { campaign, number }) => ({
    link: await client.campaign.linkNumber(campaign, [number]),
  }),
  linked: async (client, { campaign, number }) => ({
    list: await client.campaign.listNumber(campaign),
    get: await client.campaign.getNumber(campaign, number),
    unlink: await client.campaign.unlinkNumber(campaign, number),
  }),
};

async function tour(client, as, phlos, given) {
  const { hook } = given;
  const seen = {};
  async function note(name, call) {
    try {
      const value = await call();
      seen[name] = JSON.parse(JSON.stringify(value ?? null, (key, each) => (key === "client" ? undefined : each)));
      if (Array.isArray(value)) seen[name] = { list: seen[name], meta: value.meta };
      return value;
    } catch (error) {
      seen[name] = { failed: String(error.message ?? error), status: error.status };
      return {};
    }
  }

  await note("account", () => client.accounts.get());
  await note("account.update", () => client.accounts.update({ name: "Node", city: "Reno" }));
  const sub = await note("subaccount.create", () => client.subaccounts.create("branch", true));
  await note("subaccount.get", () => client.subaccounts.get(sub.authId));
  await note("subaccount.list", () => client.subaccounts.list({ limit: 5 }));
  await note("subaccount.update", () => client.subaccounts.update(sub.authId, "office", true));
  await note("number.lend", () => client.numbers.update("14155550181", { subAccount: sub.authId }));
  const office = as(sub.authId, sub.authToken);
  await note("subaccount.send", () => office.messages.create("14155550181", "14155550104", "from the office"));
  await note("subaccount.refused", () => office.powerpacks.list());
  await note("subaccount.delete", () => client.subaccounts.delete(sub.authId, false));

  const upload = await note("media.upload", () => client.media.upload([given.picture]));
  const mediaId = (upload.objects ?? [{}])[0].mediaId;
  await note("media.get", () => client.media.get(mediaId));
  await note("media.list", () => client.media.list({ limit: 5 }));
  const mms = await note("message.mms", () =>
    client.messages.create("14155550180", "14155550105", "look", { type: "mms", media_ids: [mediaId] }));
  await note("message.media", () => client.messages.listMedia((mms.messageUuid ?? [])[0]));

  const powerpack = await note("powerpack.create", () => client.powerpacks.create("node", { sticky_sender: true }));
  await note("powerpack.get", () => client.powerpacks.get(powerpack.uuid));
  await note("powerpack.list", () => client.powerpacks.list({ limit: 5 }));
  const pack = await client.powerpacks.get(powerpack.uuid);
  await note("pool.buy", () => pack.buy_add_number({ number: "14155550190", service: "mms" }));
  await note("pool.list", () => pack.list_numbers({}));
  await note("pool.count", () => pack.count_numbers({}));
  await note("pool.find", () => pack.find_number("14155550190"));
  await note("pool.remove", () => pack.remove_number("14155550190"));
  const ready = await client.powerpacks.get(given.powerpack);
  await note("pool.remove_own", () => ready.remove_number("14155550181"));
  await note("pool.add", () => ready.add_number("14155550181"));
  await note("pool.shortcodes", () => ready.list_shortcodes());
  await note("pool.shortcode", () => ready.find_shortcode("72345"));
  await note("pool.shortcode_removed", () => ready.remove_shortcode("272345"));
  await note("pool.tollfree", () => ready.list_tollfree());
  await note("pool.tollfree_found", () => ready.find_tollfree("18335550180"));
  await note("pool.tollfree_removed", () => ready.remove_tollfree("18335550180"));
  await note("pool.tollfree_added", () => ready.add_tollfree("18335550180"));
  await note("pool.by_object", () => ready.number_pool.numbers.list({}));
  await note("powerpack.update", () => client.powerpacks.update(powerpack.uuid, { local_connect: false }));
  await note("powerpack.delete", () => pack.delete());

  const sent = await note("message.create", () =>
    client.messages.create("14155550180", ["14155550101", "14155550102"], "hello", { url: hook, log: true }));
  await note("message.get", () => client.messages.get(sent.messageUuid[0]));
  await note("message.list", () => client.messages.list({ limit: 5, message_direction: "outbound" }));
  await note("message.refused", () => client.messages.create("14155550180", "1111111", "hello"));

  await note("number.list", () => client.numbers.list({ type: "local", limit: 3 }));
  await note("number.get", () => client.numbers.get("14155550180"));
  await note("number.update", () => client.numbers.update("14155550180", { alias: "front" }));
  await note("number.search", () => client.numbers.search("US", { type: "tollfree" }));
  await note("number.buy", () => client.numbers.buy("12065550190"));
  await note("number.unrent", () => client.numbers.unrent("12065550190"));

  const app = await note("application.create", () => client.applications.create("inbox", { message_url: hook }));
  await note("application.get", () => client.applications.get(app.appId));
  await note("application.list", () => client.applications.list());
  await note("application.update", () => client.applications.update(app.appId, { message_method: "GET" }));
  await note("application.delete", () => client.applications.delete(app.appId));

  const profile = await note("profile.create", () => profileOf(client));
  await note("profile.get", () => client.profile.get(profile.profileUuid));
  await note("profile.list", () => client.profile.list({ limit: 5 }));
  await note("profile.update", () => client.profile.update(profile.profileUuid, { company_name: "New Inc." }));
  const brand = await note("brand.create", () => brandOf(client, profile, hook));
  await note("brand.get", () => client.brand.get(brand.brand_id));
  await note("brand.list", () => client.brand.list());
  await note("brand.usecases", () => client.brand.get_usecases(brand.brand_id));
  await note("brand.otp", () => client.brand.trigger_otp(brand.brand_id));
  await note("campaign.create", () => campaignOf(client, brand.brand_id));
  await note("campaign.import", () => client.campaign.import_campaign("CABC123", "theirs"));
  await note("campaign.list", () => client.campaign.list({ limit: 5 }));
  await note("campaign.get", () => client.campaign.get("CABC123"));
  await note("campaign.refused", () => client.campaign.linkNumber("CABC123", ["14155550180"]));
  await note("campaign.numbers", () => client.campaign.listNumber("CABC123"));
  await note("campaign.number", () => client.campaign.getNumber("CABC123", "14155550180"));
  await note("campaign.unlink", () => client.campaign.unlinkNumber("CABC123", "14155550180"));
  await note("campaign.update", () => client.campaign.update("CABC123", "R1", said));
  await note("campaign.delete", () => client.campaign.deleteCampaign("CABC123"));

  const asked = await note("tollfree.create", () => client.tollfreeVerification.create({
    number: "18335550180", profileUuid: profile.profileUuid, usecase: "2FA", usecaseSummary: "Codes.",
    messageSample: "Your code is 4711.", optinImageUrl: "https://example.com/a.png", optinType: "WEB_FORM", volume: "1,000" }));
  await note("tollfree.get", () => client.tollfreeVerification.get(asked.uuid));
  await note("tollfree.list", () => client.tollfreeVerification.list({ limit: 5 }));
  await note("tollfree.update", () => client.tollfreeVerification.update(asked.uuid, { volume: "10,000" }));
  await note("tollfree.delete", () => client.tollfreeVerification.delete(asked.uuid));

  await note("brand.delete", () => client.brand.deleteBrand(brand.brand_id));
  await note("profile.delete", () => client.profile.delete(profile.profileUuid));
  await note("phlo.run", () => phlos.phlo("abc-1").run({ from: "14155550180", to: "14155550101" }));

  await note("pricing", () => client.pricings.get("US"));
  await note("lookup", () => client.lookup.get("+14155550101"));
  return seen;
}

let text = "";
process.stdin.on("data", (chunk) => (text += chunk));
process.stdin.on("end", async () => process.stdout.write(`\n${JSON.stringify(await main(JSON.parse(text)))}`)); // the SDK prints too
