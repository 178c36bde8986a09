const oauth = "comes with sign-in by OAuth 2.0; until then clients find `m.login.password`";
const noMail = "the server sends no mail and no text messages, and trusts no identity server; `m.3pid_changes` is off";
const noBridges = "no application services, and so no bridged networks; the list of protocols is empty";
const administration = "comes with administration; until then no account can be locked or suspended";
const tokenless = "would give files to whoever knows their address; v1.11 put others in its place and they are here";
const oldReading = "deprecated since r0; clients read by `/sync` and `/messages`";

/** Operations that the server does not have, and why. It answers them with M_UNRECOGNIZED. */
export const missingOperations: Readonly<Record<string, string>> = {
  "GET /.well-known/matrix/policy_server": "no policy server: what a policy refuses is refused by the server itself",
  "GET /_matrix/client/v1/auth_metadata": oauth,
  "POST /_matrix/client/v1/login/get_token":
    "would let whoever holds an unlocked device make a session of their own; `m.get_login_token` is off",
  "GET /_matrix/client/v3/login/sso/redirect": oauth,
  "GET /_matrix/client/v3/login/sso/redirect/{idpId}": oauth,
  "POST /_matrix/client/v3/refresh": "optional; tokens live as long as their session. Short tokens come with sign-in by OAuth 2.0",
  "POST /_matrix/client/v3/register/email/requestToken": noMail,
  "POST /_matrix/client/v3/register/msisdn/requestToken": noMail,
  "GET /_matrix/client/v1/register/m.login.registration_token/validity":
    "registration asks for no token; accounts are made by the operator",
  "POST /_matrix/client/v3/account/password/email/requestToken": noMail,
  "POST /_matrix/client/v3/account/password/msisdn/requestToken": noMail,
  "POST /_matrix/client/v3/account/3pid": noMail,
  "POST /_matrix/client/v3/account/3pid/add": noMail,
  "POST /_matrix/client/v3/account/3pid/bind": noMail,
  "POST /_matrix/client/v3/account/3pid/delete": noMail,
  "POST /_matrix/client/v3/account/3pid/unbind": noMail,
  "POST /_matrix/client/v3/account/3pid/email/requestToken": noMail,
  "POST /_matrix/client/v3/account/3pid/msisdn/requestToken": noMail,
  "GET /_matrix/client/v3/events": oldReading,
  "GET /_matrix/client/v3/initialSync": oldReading,
  "GET /_matrix/client/v3/events/{eventId}": oldReading,
  "GET /_matrix/client/v3/rooms/{roomId}/initialSync":
    "for reading open rooms without joining; `/messages` and `/state` read world-readable rooms",
  "GET /_matrix/client/v1/media/preview_url": "off: the server would fetch whatever address anybody writes, and tell its owner who reads",
  "GET /_matrix/media/v3/download/{serverName}/{mediaId}": tokenless,
  "GET /_matrix/media/v3/download/{serverName}/{mediaId}/{fileName}": tokenless,
  "GET /_matrix/media/v3/thumbnail/{serverName}/{mediaId}": tokenless,
  "GET /_matrix/media/v3/preview_url": "as its successor",
  "GET /_matrix/client/v1/admin/suspend/{userId}": administration,
  "PUT /_matrix/client/v1/admin/suspend/{userId}": administration,
  "GET /_matrix/client/v1/admin/lock/{userId}": administration,
  "PUT /_matrix/client/v1/admin/lock/{userId}": administration,
  "POST /_matrix/client/v3/user/{userId}/openid/request_token":
    "for widgets and integration managers of others, which would ask over federation",
  "GET /_matrix/client/v3/thirdparty/protocol/{protocol}": noBridges,
  "GET /_matrix/client/v3/thirdparty/location/{protocol}": noBridges,
  "GET /_matrix/client/v3/thirdparty/user/{protocol}": noBridges,
  "GET /_matrix/client/v3/thirdparty/location": noBridges,
  "GET /_matrix/client/v3/thirdparty/user": noBridges,
  "POST /_matrix/client/v1/appservice/{appserviceId}/ping": noBridges,
  "PUT /_matrix/client/v3/directory/list/appservice/{networkId}/{roomId}": noBridges,
};
