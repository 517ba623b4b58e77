package io.github.dynarestore.mapper;

import java.util.Base64;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A value as a parameter spells it: {@code S:text}, {@code N:1}, {@code B:base64}, {@code BOOL:true} or {@code NULL:}. */
final class ValueSpec {

    private ValueSpec() {}

    /**
     * Reads a value.
     *
     * @throws IllegalArgumentException if it is none
     */
    static AttributeValue parse(String spec) {
        int colon = spec.indexOf(':');
        String text = spec.substring(colon + 1);
        return switch (colon < 0 ? "" : spec.substring(0, colon)) {
            case "S" -> AttributeValue.fromS(text);
            case "N" -> Cast.to(AttributeValue.Type.N).of("", AttributeValue.fromS(text));
            case "B" ->
                AttributeValue.fromB(SdkBytes.fromByteArray(Base64.getDecoder().decode(text)));
            case "BOOL" -> Cast.to(AttributeValue.Type.BOOL).of("", AttributeValue.fromS(text));
            case "NULL" -> AttributeValue.fromNul(true);
            default -> throw new IllegalArgumentException("no type stands before its colon");
        };
    }
}
