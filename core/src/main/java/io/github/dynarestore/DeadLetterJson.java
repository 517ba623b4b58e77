package io.github.dynarestore;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.dynarestore.model.DeadLetter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** A dead letter as a line of JSON. */
final class DeadLetterJson {

    private static final JsonFactory JSON = new JsonFactory();

    private DeadLetterJson() {}

    static byte[] line(DeadLetter letter) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("object", letter.object());
            json.writeNumberField("byteOffset", letter.byteOffset());
            json.writeStringField("reason", letter.reason());
            json.writeStringField("detail", letter.detail());
            json.writeBinaryField("raw", letter.raw());
            json.writeEndObject();
        }
        bytes.write('\n');
        return bytes.toByteArray();
    }
}
