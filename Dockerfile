# One image for every component of Airflow: the locked packages, the package itself with its SQL files, DAGs and plugins.
FROM python:3.11-slim-bookworm

RUN useradd --uid 50000 --create-home oplatency \
    && install --directory --owner oplatency /opt/airflow /opt/airflow/logs /var/lib/oplatency/landing

# Packages change less often than the code: this layer is built again only with a new lock.
COPY docker/requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement /tmp/requirements.txt \
    && rm /tmp/requirements.txt

WORKDIR /opt/oplatency
COPY pyproject.toml README.md LICENSE ./
COPY include ./include
COPY sql ./sql
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

COPY dags /opt/airflow/dags
COPY plugins /opt/airflow/plugins
COPY --chmod=755 docker/initialize.sh /usr/local/bin/initialize-oplatency

ENV AIRFLOW_HOME=/opt/airflow \
    PYTHONUNBUFFERED=1 \
    TZ=UTC
USER oplatency
WORKDIR /opt/airflow
ENTRYPOINT ["airflow"]
CMD ["version"]
