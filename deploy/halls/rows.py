"""Names of the rows that the trials print and that the planning reads."""

SESSIONS = "sessions open at once"
PROCESSES = "processes of the app"
ACTIONS = "actions of a viewer in an hour"
PICTURES = "pictures of a viewer in an hour"
PROCESSOR_TIME = "processor time of an action"
RECEIVED = "received for an action, without the bundles"
EMPTY_PROCESS = "memory of the process without sessions"
SESSION = "memory of a session"
SESSION_WITH_PICTURE = "memory of a session with its picture"

FIRST_PAGE = "the first page in a new browser, through nginx"

NET = "ResNet-18 at 224 pixels in batches of 8"
ONE_REPLICA = f"one replica against the local engine, {NET}"
REPLICA_PROCESSORS = "processors of one replica"
REPLICA_GPUS = "GPUs of one replica"
REPLICA_MEMORY = "memory of one replica"
