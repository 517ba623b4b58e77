package io.github.dynarestore.spi;

import java.io.IOException;

/** Where a restore keeps what it needs to be taken up again. Holds one checkpoint at a time. */
public interface CheckpointStore {

    /**
     * Takes the checkpoint for this process until the log is closed or the process dies. An empty log stands for a
     * restore that was never begun.
     *
     * @throws CheckpointInUseException if somebody else has it, be it in this process
     */
    CheckpointLog open() throws IOException;

    /** Where it is, for messages. */
    String location();
}
