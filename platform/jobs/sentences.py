"""How the actions of jobs read in the trail."""

from audit import sentences

sentences.register(
    {
        "job.parked": "くり返し失敗した仕事を止めました",
    }
)
