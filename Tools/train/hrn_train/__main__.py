from .cli import main
from .ranks import end_process

end_process(main())
