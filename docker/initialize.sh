#!/bin/sh
# Brings both databases to the versions of this image; a second run changes nothing.
set -eu
airflow db migrate
OPLATENCY_DATABASE_URL="$OPLATENCY_OWNER_URL" oplatency migrate
# An existing user is left as it is, with the password it has.
airflow users create --username admin --password "$AIRFLOW_ADMIN_PASSWORD" --role Admin \
    --firstname oplatency --lastname Administrator --email admin@localhost
