# Cloudbill and all that it may need at run time; docs/deploy.md shows how to run it.
FROM python:3.13.5-slim-bookworm AS build
WORKDIR /build
COPY requirements-image.lock ./
RUN python -m venv /opt/cloudbill \
    && /opt/cloudbill/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --requirement requirements-image.lock
COPY pyproject.toml setup.py README.md LICENSE dbt_project.yml profiles.yml bills.example.yml ./
COPY analyses analyses
COPY macros macros
COPY models models
COPY samples samples
COPY seeds seeds
COPY tests tests
COPY scripts scripts
RUN /opt/cloudbill/bin/pip install --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation . \
    && /opt/cloudbill/bin/pip uninstall --yes pip

FROM python:3.13.5-slim-bookworm
LABEL org.opencontainers.image.title="Cloudbill" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --create-home cloudbill \
    && install --directory --owner 10001 --group 10001 --mode 0700 /workspace
COPY --from=build /opt/cloudbill /opt/cloudbill
ENV PATH=/opt/cloudbill/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    CLOUDBILL_WORKSPACE=/workspace
USER 10001:10001
WORKDIR /bills
VOLUME /workspace
EXPOSE 8501
ENTRYPOINT ["cloudbill"]
CMD ["--help"]
