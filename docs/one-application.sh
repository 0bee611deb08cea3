#!/usr/bin/env bash
# One application over HTTP, from 开始办理 to 签收, by the people of the demo. Needs curl, and a demo that runs:
#
#   make demo                      in one terminal
#   docs/one-application.sh        in another
#
# Programs sign in with personal access tokens: made here on the command line, or by each person on the page
# 「我的账号」. What each request takes and gives is written at /api/docs of the running server.
set -euo pipefail
cd "$(dirname "$0")/.."

export ZHUPI_DATA=${ZHUPI_DATA:-var/demo}
api=http://127.0.0.1:${ZHUPI_PORT:-8000}/api/v1
today=$(date +%F)

token() { .venv/bin/zhupi token create "$1" --label one-application; }
applicant=$(token maple1) reviewer=$(token review1) finance=$(token finance1) maker=$(token maker1) shipper=$(token shipper1)

# Every request that changes something may carry an Idempotency-Key: repeated, it changes nothing again.
call() { # token method path [curl arguments]
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $1" --header "Accept-Language: en" \
        --header "Idempotency-Key: $RANDOM$RANDOM$RANDOM" --request "$2" "$api$3" "${@:4}"
}
json() { call "$1" "$2" "$3" --header "Content-Type: application/json" --data "$4"; }
field() { .venv/bin/python -c 'import json, sys; value = json.load(sys.stdin)
for key in sys.argv[1:]: value = value[int(key) if key.isdigit() else key]
print(value)' "$@"; }

# The open task of our application with this name, as this person sees it.
task() { # token element
    call "$1" GET "/instances/$instance" | .venv/bin/python -c 'import json, sys
print(next(task["id"] for task in json.load(sys.stdin)["open_tasks"] if task["element_id"] == sys.argv[1]))' "$2"
}
# Whoever completes a task names the version of it that they have seen; if it changed meanwhile, the answer is 409.
complete() { # token element outcome answers
    local id version
    id=$(task "$1" "$2")
    version=$(call "$1" GET "/tasks/$id" | field version)
    json "$1" POST "/tasks/$id/complete" "{\"outcome\": \"$3\", \"task_version\": $version, \"answers\": $4}" >/dev/null
    echo "$2: $3"
}
attach() { # token element field file
    call "$1" POST "/tasks/$(task "$1" "$2")/attachments" --form "field=$3" --form "file=@$4" | field id
}

instance=$(json "$applicant" POST /instances '{"process_key": "certificate_issuance"}' | field id)
echo "began $instance"

form=$(attach "$applicant" application application_form bpmn/certificate_issuance/documents/application_form.pdf)
letter=$(attach "$applicant" application letter_of_authorisation bpmn/certificate_issuance/documents/letter_of_authorisation.pdf)
complete "$applicant" application submitted '{
    "company": "青枫售电有限公司（虚构）", "credit_code": "91310115MA1QFAP100",
    "contact_name": "林晓枫", "contact_mobile": "13900000001", "contact_mail": "lin@example.com",
    "mailing_address": "示例市样张路 18 号（虚构）", "postal_code": "200000",
    "lines": [{"package": "basic", "years": "3", "quantity": 2}],
    "invoice_title": "青枫售电有限公司（虚构）", "invoice_tax_number": "91310115MA1QFAP100", "invoice_delivery": "paper",
    "application_form": ["'"$form"'"], "letter_of_authorisation": ["'"$letter"'"]}'

complete "$reviewer" review approved '{"opinion": "材料齐全，同意办理。"}'

voucher=$(attach "$applicant" payment voucher bpmn/certificate_issuance/documents/application_form.pdf)
complete "$applicant" payment paid '{"payer_type": "own", "paid_on": "'"$today"'",
    "transfer_note": "two keys, three years", "voucher": ["'"$voucher"'"]}'
complete "$finance" payment_confirmation confirmed '{"received_on": "'"$today"'"}'

# From here two branches are open side by side: the invoice and the keys.
serial=ZK-$(date +%s)
complete "$maker" key_production made '{"keys": [
    {"serial": "'"$serial"'-1", "package": "basic", "years": "3"},
    {"serial": "'"$serial"'-2", "package": "basic", "years": "3"}]}'
complete "$finance" invoice issued '{"invoice_number": "00012345", "issued_on": "'"$today"'"}'

complete "$shipper" shipment shipped '{"carrier": "standard", "tracking_number": "YT2026112200001", "shipped_on": "'"$today"'"}'
complete "$applicant" delivery received '{"received_on": "'"$today"'"}'

call "$applicant" GET "/instances/$instance" | field status
.venv/bin/zhupi journal "$instance" | tail -n 1
