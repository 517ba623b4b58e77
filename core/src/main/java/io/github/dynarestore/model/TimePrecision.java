package io.github.dynarestore.model;

/** How finely a producer told the time of a change. */
public enum TimePrecision {
    /** Whole minutes: stream records until about 2018. */
    MINUTE(60_000_000L),
    /** Whole seconds: stream records today. */
    SECOND(1_000_000L),
    /** Milliseconds: Kinesis Data Streams for DynamoDB by default. */
    MILLISECOND(1_000L),
    /** Microseconds: Kinesis if asked for, native incremental exports. */
    MICROSECOND(1L);

    private final long micros;

    TimePrecision(long micros) {
        this.micros = micros;
    }

    /** Length of one step of this precision, in microseconds. */
    public long micros() {
        return micros;
    }
}
