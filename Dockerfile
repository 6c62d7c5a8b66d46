# docker build -t resnet-edu .                          CPU
# docker build -t resnet-edu --build-arg DEVICE=cuda .  NVIDIA GPU; run with --gpus all
#
# TORCH_INDEX: PyTorch's own index of CPU builds (pytorch.org, "Get started") makes the CPU image several GB smaller.
# WEIGHTS: names of nets to fetch into the image, such as "resnet18-v1 resnet50-v2".
# CLUSTER: 1 for the app and the engine's replicas on a cluster (requirements-cluster.txt).
FROM python:3.11-slim

ARG DEVICE=cpu
ARG TORCH_INDEX=""
ARG WEIGHTS=""
ARG CLUSTER=""

# The C library's allocator gives back what readers who have left had; Python's own keeps most of it.
# By default it has a pool for each of many threads, and a reader's things lie scattered over all of them.
ENV PYTHONMALLOC=malloc MALLOC_ARENA_MAX=2
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp TORCH_HOME=/app/torch RESNET_EDU_DEVICE=${DEVICE}
WORKDIR /app

COPY requirements*.txt ./
RUN pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} -r requirements${CLUSTER:+-cluster}.txt
RUN if [ "$DEVICE" = cpu ]; then pip uninstall --yes triton; fi

COPY app.py LICENSE ./
COPY .streamlit ./.streamlit
COPY assets ./assets
COPY pages ./pages
COPY resnet_edu ./resnet_edu
RUN python -m compileall -q app.py pages resnet_edu
RUN groupadd --gid 10001 resnet && useradd --no-create-home --uid 10001 --gid 10001 resnet \
  && mkdir -p /app/torch && chown resnet:resnet /app/torch

USER 10001:10001
RUN for net in $WEIGHTS; do python -m resnet_edu weights fetch "$net" || exit 1; done

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address", "0.0.0.0"]
