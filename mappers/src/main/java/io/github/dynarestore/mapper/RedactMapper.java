package io.github.dynarestore.mapper;

import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code redact:email=hash:SECRET,note=S:removed}: puts a keyed hash (HMAC-SHA-256, in hex) in the place of a text, a number
 * or bytes, or a constant in the place of anything. Equal values have equal hashes under one secret, so that they can be
 * joined; without the secret nobody can try values out.
 */
public final class RedactMapper implements AttributeMapperFactory {

    private static final String HASH = "hash:";
    private static final String ALGORITHM = "HmacSHA256";

    /** Creates it; for {@link java.util.ServiceLoader} and for outright registration. */
    public RedactMapper() {}

    @Override
    public String id() {
        return "redact";
    }

    @Override
    public AttributeMapper create(MapperContext context) {
        Parameters parameters = new Parameters(id(), context);
        Map<String, BiFunction<String, AttributeValue, AttributeValue>> redactions = new LinkedHashMap<>();
        parameters.byAttribute().forEach((attribute, spec) -> {
            parameters.refuseKey(attribute);
            redactions.put(attribute, redaction(parameters, attribute, spec));
        });
        return item -> {
            Map<String, AttributeValue> redacted = new LinkedHashMap<>(item);
            redactions.forEach(redacted::computeIfPresent);
            return redacted;
        };
    }

    private static BiFunction<String, AttributeValue, AttributeValue> redaction(
            Parameters parameters, String attribute, String spec) {
        if (!spec.startsWith(HASH)) {
            AttributeValue constant = DefaultMapper.value(parameters, attribute, spec);
            return (name, value) -> constant;
        }
        if (spec.length() == HASH.length()) {
            throw parameters.wrong("needs a secret behind '" + HASH + "' for '" + attribute + "'");
        }
        SecretKeySpec secret =
                new SecretKeySpec(spec.substring(HASH.length()).getBytes(StandardCharsets.UTF_8), ALGORITHM);
        return (name, value) -> hashed(secret, name, value);
    }

    private static AttributeValue hashed(SecretKeySpec secret, String attribute, AttributeValue value) {
        return switch (value.type()) {
            case S -> AttributeValue.fromS(hex(secret, value.s()));
            case N -> AttributeValue.fromS(hex(secret, canonical(value.n())));
            case B ->
                AttributeValue.fromB(
                        SdkBytes.fromByteArray(mac(secret, value.b().asByteArray())));
            default -> throw new CannotMapException("'" + attribute + "' is " + value.type() + ", which has no hash");
        };
    }

    /** One spelling for all of a number: formats do not agree on its zeros. */
    private static String canonical(String number) {
        return new BigDecimal(number).stripTrailingZeros().toPlainString();
    }

    private static String hex(SecretKeySpec secret, String text) {
        return HexFormat.of().formatHex(mac(secret, text.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] mac(SecretKeySpec secret, byte[] bytes) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
