# SPDX-License-Identifier: Apache-2.0
# hpa-discovery with its service and with OpenStack's client. The tests lint this file and do not build it.
#
#   docker build -t hpa-discovery:0.1.0 .
#   docker run --rm -v hpa:/var/lib/hpa-discovery -v /etc/tls:/tls:ro -p 8780:8780 \
#       -e HPA_TLS_CERT=/tls/tls.crt -e HPA_TLS_KEY=/tls/tls.key hpa-discovery:0.1.0
ARG PYTHON=3.12

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/hpa && /opt/hpa/bin/pip install --no-cache-dir '.[service,openstack]'

FROM python:${PYTHON}-slim-bookworm
COPY --from=build /opt/hpa /opt/hpa
# The state goes one folder below the volume: a volume may be writable to all, and the state must not be.
RUN groupadd --system --gid 10001 hpa \
    && useradd --system --uid 10001 --gid hpa --home-dir /var/lib/hpa-discovery --shell /usr/sbin/nologin hpa \
    && install -d -o hpa -g hpa -m 0711 /var/lib/hpa-discovery \
    && install -d -m 0755 /etc/hpa-discovery/packs
ENV PATH=/opt/hpa/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HPA_STATE_DIR=/var/lib/hpa-discovery/state \
    HPA_PACK_PATH=/etc/hpa-discovery/packs \
    HPA_HOST=0.0.0.0 \
    HPA_PORT=8780
VOLUME ["/var/lib/hpa-discovery"]
EXPOSE 8780
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "hpa_discovery.service.healthcheck"]
ENTRYPOINT ["hpa"]
CMD ["serve"]
