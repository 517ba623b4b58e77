package io.github.dynarestore.format.stream;

import java.nio.charset.StandardCharsets;

/** Which service wrote a record, where that decides how it is read. */
enum RecordShape {

    /** DynamoDB Streams, in a line of its own or in the event of a Lambda function. */
    STREAM("{\"Keys\":"),

    /** Kinesis Data Streams for DynamoDB: without a number, and with binary values encoded twice. */
    KINESIS("{\"awsRegion\":");

    private final String signature;

    RecordShape(String signature) {
        this.signature = signature;
    }

    /** Bytes that only the beginning of a record has. */
    byte[] signature() {
        return signature.getBytes(StandardCharsets.US_ASCII);
    }
}
