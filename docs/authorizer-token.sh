#!/bin/sh
# An access token of an account that has authorised a third-party platform (component), for poilift's access_token_command:
#
#     access_token_command = "sh /etc/poilift/authorizer-token.sh"
#
# It asks cgi-bin/component/api_authorizer_token and prints {"access_token", "expires_in"}. It needs curl and jq, and a folder,
# COMPONENT_DIR, that only its user can read:
#
#     component_appid            the third-party platform's appid
#     component_access_token     its own token, kept fresh by whoever receives component_verify_ticket
#     APPID.refresh_token        the account's authorizer_refresh_token; renewed here when the platform gives another one
#
# No secret stands in an argument, where others on the machine could read it. Where a service of yours keeps the accounts'
# tokens already, print its token instead: every call of this script makes a new one.
set -eu
umask 077

: "${POILIFT_APPID:?poilift sets it}" "${COMPONENT_DIR:?the folder with the files}"
export COMPONENT_API_BASE="${COMPONENT_API_BASE:-https://api.weixin.qq.com}"
refresh="$COMPONENT_DIR/$POILIFT_APPID.refresh_token"

answer=$(
    jq -rn --rawfile component "$COMPONENT_DIR/component_appid" \
        --rawfile token "$COMPONENT_DIR/component_access_token" --rawfile refresh "$refresh" '
        def line: rtrimstr("\n");
        "url = " + (env.COMPONENT_API_BASE + "/cgi-bin/component/api_authorizer_token?component_access_token="
            + ($token | line | @uri) | tojson),
        "data = " + ({component_appid: ($component | line), authorizer_appid: env.POILIFT_APPID,
            authorizer_refresh_token: ($refresh | line)} | tojson | tojson)' |
        curl --silent --show-error --max-time 8 --header 'Content-Type: application/json' --config -
)

printf '%s' "$answer" | jq -e '.authorizer_access_token' >/dev/null || {
    printf '%s' "$answer" | jq -r '"errcode \(.errcode): the account gave no token"' >&2
    exit 1
}
printf '%s' "$answer" | jq -r '.authorizer_refresh_token // empty' >"$refresh.$$"
if [ -s "$refresh.$$" ]; then mv "$refresh.$$" "$refresh"; else rm "$refresh.$$"; fi
printf '%s' "$answer" | jq '{access_token: .authorizer_access_token, expires_in}'
