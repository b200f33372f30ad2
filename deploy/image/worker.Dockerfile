# The worker's library, with its reference worker. From the root of the tree:
#   docker build -f deploy/image/worker.Dockerfile -t shardwright-worker:0.1.0 .
# Your own worker begins where this ends: FROM shardwright-worker:0.1.0, your files, your CMD.
# BASE and RUN_BASE as in the server's Dockerfile.

ARG BASE=python:3.11-slim-bookworm
ARG RUN_BASE=${BASE}

FROM ${BASE} AS build
ENV PYTHONHASHSEED=0 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY deploy/constraints.txt deploy/image/build.txt deploy/image/settle.py /build/
RUN python3 -m venv /build/venv && /build/venv/bin/pip install --require-hashes -r /build/build.txt
# Beats over Kafka need its client; the library itself needs nothing but Python.
RUN /build/venv/bin/pip wheel --only-binary :all: --wheel-dir /wheels --constraint /build/constraints.txt kafka-python
ARG SOURCE_DATE_EPOCH=0
COPY worker /src/worker
RUN python3 /build/settle.py /src && \
    /build/venv/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels /src/worker && \
    python3 -m venv --without-pip /opt/shardwright && \
    /build/venv/bin/pip --python /opt/shardwright/bin/python install --no-compile --no-index --no-deps /wheels/*.whl && \
    /build/venv/bin/pip --python /opt/shardwright/bin/python check && \
    python3 /build/settle.py --compile /opt/shardwright

FROM ${RUN_BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Shardwright worker" \
      org.opencontainers.image.description="The worker's library of Shardwright, with its reference worker" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /opt/shardwright /opt/shardwright
ENV PATH=/opt/shardwright/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /tmp
USER 10001:10001
# A worker listens nowhere: whether it lives is told by its beats.
HEALTHCHECK NONE
CMD ["python", "-m", "shardwright_worker.reference"]
