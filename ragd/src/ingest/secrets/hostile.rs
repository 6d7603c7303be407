//! What a hostile review planted: each secret stands between `⟦` and `⟧`, and all of it has to go and
//! nothing else. `¦` is left out, so that no scanner of those who host this repository finds one here;
//! `{b40}` is made of forty random characters of base64, and so on (see [`Dice::of`]).

use super::find::find;

const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHJKLMNPQRSTUVWXYZ234567";
const ALNUM: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE64: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";

/// Numbers that look like none, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, letters: &str, length: usize) -> String {
        let letters = letters.as_bytes();
        let mut next = || {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            char::from(letters[(self.0 >> 33) as usize % letters.len()])
        };
        (0..length).map(|_| next()).collect()
    }

    /// Returns the line without its marks, and where its secrets are.
    fn of(&mut self, template: &str) -> (String, Vec<std::ops::Range<usize>>) {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let is_length = |c: char| c.is_ascii_digit();
            let letters = after.chars().next().and_then(|class| match class {
                'b' => Some(BASE64),
                'h' => Some(HEX),
                'u' => Some(UPPER),
                'a' => Some(ALNUM),
                _ => None,
            });
            let known = letters.zip(after.split_once('}'));
            match known.filter(|(_, (name, _))| name.len() > 1 && name[1..].chars().all(is_length))
            {
                Some((letters, (name, after))) => {
                    filled.push_str(&self.roll(letters, name[1..].parse().unwrap()));
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        let (mut text, mut secrets, mut open) = (String::new(), Vec::new(), 0);
        for c in filled.chars() {
            match c {
                '¦' => {}
                '⟦' => open = text.len(),
                '⟧' => secrets.push(open..text.len()),
                _ => text.push(c),
            }
        }
        (text, secrets)
    }
}

/// All secrets of each template are found, and nothing else.
fn check(templates: &[&str]) {
    let mut wrong = Vec::new();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for template in templates {
        assert!(template.contains('⟦'), "{template}");
        let (text, secrets) = dice.of(template);
        let found: Vec<_> = find(&text).into_iter().map(|hit| hit.range).collect();
        if found != secrets {
            let found: Vec<_> = found.into_iter().map(|range| &text[range]).collect();
            wrong.push(format!("{text}\n    gave {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check_plain(texts: &[&str]) {
    for text in texts {
        let found: Vec<_> = find(text).into_iter().map(|hit| &text[hit.range]).collect();
        assert!(found.is_empty(), "{text}\n    gave {found:?}");
    }
}

#[test]
fn what_begins_with_a_slash_is_a_secret_if_it_is_random() {
    check(&[
        "aws_secret_access_key = ⟦/{b39}⟧",
        "AWS_SECRET_ACCESS_KEY=⟦/{b39}⟧",
        "  secretAccessKey: \"⟦/{b39}⟧\"",
        "{\"SecretAccessKey\": \"⟦/{b39}⟧\"}",
        "AZURE_STORAGE_KEY=⟦/{b85}==⟧",
        "AZURE_STORAGE_KEY=\"⟦/{b85}==⟧\"",
        "⟦AccountKey=/{b85}==⟧;EndpointSuffix=core.windows.net",
        "Authorization: Bearer ⟦/{b43}⟧",
        "curl -H 'Authorization: Bearer ⟦/{b63}=⟧' https://api.example.org",
        "encryption_key = '⟦/{b43}=⟧'",
        "api_secret: ⟦/{b31}⟧",
        "password = \"⟦/Kx7!qWz9⟧\"",
    ]);
    check_plain(&[
        "secret = \"/usr/lib/x86_64-linux-gnu/libfoo.so\"",
        "token = \"/usr/lib/x86_64-linux-gnu/libfoo.so.6\"",
        "SECRET_KEY=/run/secrets/App2Key3",
        "token: /var/lib/Kubelet/Pods/4f2A/Volumes9",
        "client_secret = \"/Users/KimRoe/Documents/Project2/Secret9\"",
        "password = \"/etc/ssl/private9/server7\"",
        "Authorization: Bearer /path/to/Token12",
        "password: \"/api/v2/users/Password1\"",
    ]);
}

#[test]
fn a_sign_does_not_make_a_password_a_variable() {
    check(&[
        "password = \"⟦$ecr3t!Pass9⟧\"",
        "password = '⟦$ecr3tPa55w0rt⟧'",
        "password: '⟦#hunter2x9⟧'",
        "password = \"⟦!Gr4nite-Owl⟧\"",
        "PASSWORD=\"⟦-Gr4nite_Owl!⟧\"",
        "password = \"⟦@Gr4nite!Owl⟧\"",
        "password = \"⟦%Gr4nite!Owl⟧\"",
        "password = \"⟦*Gr4nite9Owl⟧\"",
        "password = \"⟦&Gr4niteOwl7⟧\"",
        "password = \"⟦~Gr4niteOwl7⟧\"",
        "password = \"⟦(Gr4niteOwl7⟧\"",
        "password = \"⟦=Gr4niteOwl7⟧\"",
        "password = \"⟦Gr4nite{Owl7⟧\"",
        "password = \"⟦Gr4]nite<Owl7⟧\"",
        "DB_PASSWORD=⟦#Gr4nite!Owl⟧",
        "client_secret = \"⟦!{a31}⟧\"",
    ]);
    check_plain(&[
        "password = \"$DB_PASSWORD\"",
        "password = \"$db_pass2\"",
        "password = \"${X}\"",
        "password = \"$(pass show db2)\"",
        "password = \"$env:DB_PASS2\"",
        "$password = \"$this->config9\"",
        "password = \"#fff\"",
        "password_color: \"#a1b2c3\"",
        "password = \"#a1b2c3\"",
        "password = \"--flag\"",
        "password = \"--flag-2\"",
        "password = \"%DB_PASSWORD2%\"",
        "password: *default_pass2",
        "password: !Ref DbPassword2",
        "password: !vault |",
        "password: &pw1 x",
        "password = \"@string/password_hint2\"",
        "password = \"{{ vault_pw2 }}\"",
        "password = \"<password-1>\"",
        "password = \"[REDACTED1]\"",
    ]);
}

#[test]
fn settings_of_connections_have_passwords() {
    check(&[
        "host=db user=x password=⟦s3cr3t⟧ dbname=y",
        "conn = psycopg2.connect(\"host=db dbname=app user=app password=⟦gr4nite⟧\")",
        "password=⟦gr4nite⟧ host=db user=x",
        "host=db user=x password='⟦my gr4nite owl⟧' dbname=y",
        "\"host=db user=x password='⟦my gr4nite owl⟧'\"",
        "Server=db;Database=a;Uid=sa;Pwd=⟦gr4nite⟧;",
        "Server=db;Uid=sa;Pwd=⟦gr4,n&ite⟧;Encrypt=yes",
        "Driver={ODBC Driver 18 for SQL Server};Server=db;UID=sa;PWD={⟦gr4;nite⟧};",
        "\"Password=⟦Gr4nite⟧;Server=db;User Id=sa\"",
        "Server=db;User ID=sa;Password=⟦gr4 nite owl⟧;MultipleActiveResultSets=true",
        "cs := 'Data Source=db;User Id=sa;Password=⟦gr4nite⟧'",
        "<add name=\"x\" connectionString=\"Server=db;User Id=sa;Password=⟦gr4nite⟧;\" />",
        "connection_string = \"Server=db;Uid=sa;Pwd=⟦gr4nite⟧\"",
        "jdbc:postgresql://db/app?user=app&password=⟦gr4nite⟧",
        "jdbc:mysql://db:3306/app?user=app&password=⟦gr4nite⟧&useSSL=true",
        "jdbc:sqlserver://db:1433;databaseName=a;user=sa;password=⟦gr4nite⟧;encrypt=true",
        "jdbc:oracle:thin:app/⟦gr4nite⟧@db:1521/x",
        "app:⟦gr4nite⟧@tcp(db:3306)/app?parseTime=true",
        "postgresql+asyncpg://app:⟦gr4nite⟧@db/app",
        "mongodb+srv://app:⟦gr4nite⟧@cluster0.example.net/app",
        "amqps://app:⟦gr4nite⟧@mq/%2f",
        "ftp://app:⟦gr4nite!⟧@ftp.example.org/x",
        "sftp://app:⟦gr4nite⟧@host",
        "smtp://kim%40example.org:⟦gr4nite⟧@smtp.example.org:587",
        "ldap://cn=app:⟦gr4nite⟧@ldap",
        "redis://:⟦gr4nite⟧@cache:6379/0",
        "rediss://default:⟦gr4nite⟧@cache:6379",
        "http://app:⟦gr4/ni#te⟧@proxy.example.org:3128",
        "http_proxy=http://app:⟦gr4nite⟧@proxy:3128",
        "git clone https://⟦{a40}⟧@git.example.org/a/b",
        "https://⟦{a40}⟧:x-oauth-basic@git.example.org/a/b",
        "curl -d 'password=⟦gr4nite⟧&user=kim' https://example.org",
        "https://example.org/login?user=kim&passwd=⟦gr4nite⟧",
    ]);
    check_plain(&[
        "connect(host=host, user=user, password=passwd1)",
        "connect(password=db_pw12, host=host)",
        "dial(host=h, user=u,\n    password=cfg9pw,\n    database=d)",
        "https://example.org:8080/a@b9c",
        "https://example.org/@kim/post-1?x=a:b@c",
        "let password = read1(host); let user = x;",
        "mailto:kim@example.org",
        "ssh://git@github.com/a/b",
    ]);
}

#[test]
fn a_name_and_a_value_beside_each_other_are_a_pair() {
    check(&[
        "env:\n  - name: DB_PASSWORD\n    value: ⟦s3cr3t⟧\n  - name: A\n    value: b",
        "env:\n  - value: ⟦s3cr3t⟧\n    name: DB_PASSWORD\n",
        "  - name: API_TOKEN\n    value: \"⟦{a20}⟧\"\n",
        "  - name: \"API_TOKEN\"\n    value: ⟦{h20}⟧\n",
        "{\"name\": \"X_TOKEN\", \"value\": \"⟦{a20}⟧\"}",
        "{\"value\": \"⟦{a20}⟧\", \"name\": \"X_TOKEN\"}",
        "{\n  \"name\": \"DB_PASS\",\n  \"value\": \"⟦gr4nite⟧\"\n}",
        "{ Name: DB_PASS, Value: ⟦gr4nite⟧ }",
        "environment:\n  - Name: DB_PASS\n    Value: '⟦gr4nite⟧'",
        "set {\n  name  = \"auth.password\"\n  value = \"⟦gr4nite⟧\"\n}",
        "<add key=\"ApiKey\" value=\"⟦{a20}⟧\"/>",
        "<property name=\"hibernate.connection.password\" value=\"⟦gr4nite⟧\"/>",
        "<property name=\"hibernate.connection.password\">⟦gr4nite⟧</property>",
        "<property><name>fs.s3a.secret.key</name><value>⟦{b40}⟧</value></property>",
        "<key>Password</key>\n<string>⟦gr4nite⟧</string>",
        "{\\\"name\\\": \\\"DB_PASS\\\", \\\"value\\\": \\\"⟦gr4nite⟧\\\"}",
        "environment:\n  - DB_PASS=⟦gr4nite⟧\n  - X=1",
        "environment:\n  DB_PASS: ⟦gr4nite⟧\n",
        "environment:\n  - \"DB_PASS=⟦gr4nite⟧\"\n",
    ]);
    check_plain(&[
        "  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db2-secret9\n",
        "  - name: DB_PASSWORD\n    value: $(OTHER_PW1)\n",
        "  - name: DB_PASSWORD_FILE\n    value: gr4nite\n",
        "  - name: DB_HOST\n    value: gr4nite\n",
        "<param name=\"token\" value=\"title\"/>",
        "{\"key\": \"token\", \"value\": \"user_id_2\"}",
    ]);
}

#[test]
fn secrets_of_kubernetes_are_secrets() {
    check(&[
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  user: ⟦YXBwLWdyNG5pdGU=⟧\n  pw: ⟦b3dsLWdyNG5pdGU=⟧\n",
        "apiVersion: v1\ndata:\n  a: ⟦YXBwLWdyNG5pdGU=⟧\nkind: Secret\nmetadata:\n  name: db\n",
        "kind: Secret\nstringData:\n  a: ⟦gr4nite⟧\n  b: \"⟦granite owl⟧\"\n  c: '⟦granite⟧'\ntype: Opaque\n---\nkind: ConfigMap\ndata:\n  a: YXBwLWdyNG5pdGU=\n",
        "kind: ConfigMap\ndata:\n  a: YXBwLWdyNG5pdGU=\n---\nkind: Secret\ndata:\n  a: ⟦YXBwLWdyNG5pdGU=⟧\n",
        "items:\n- apiVersion: v1\n  data:\n    a: ⟦YXBwLWdyNG5pdGU=⟧\n  kind: Secret\n",
        "kind: Secret\nstringData:\n  conf: |\n    ⟦line granite⟧\n    ⟦line owl⟧\n  b: ⟦granite⟧\n",
        "{\"kind\": \"Secret\", \"data\": {\"a\": \"⟦YXBwLWdyNG5pdGU=⟧\", \"b\": \"⟦b3dsLWdyNG5pdGU=⟧\"}}",
        "{\"data\": {\"a\": \"⟦YXBwLWdyNG5pdGU=⟧\"}, \"kind\": \"Secret\"}",
        "{\"kind\":\"Secret\",\"stringData\":{\"a\":\"⟦granite⟧\"}}",
    ]);
    check_plain(&[
        "kind: Secret\ndata:\n  a: {{ .Values.a | b64enc }}\n  b: \"\"\n  c: <base64>\n",
        "kind: Secret\ndata:\n  password: cGFzc3dvcmQ=\n",
        "kind: Secret\nmetadata:\n  name: db-granite\ntype: Opaque\n",
        "kind: SecretStore\ndata:\n  a: YXBwLWdyNG5pdGU=\n",
        "secretKeyRef:\n  kind: Secret\n  name: granite\n",
    ]);
}

#[test]
fn secrets_are_known_by_many_names() {
    check(&[
        "DB_PASS=⟦gr4nite⟧",
        "dbPass = \"⟦gr4nite⟧\"",
        "db-pass: ⟦gr4nite⟧",
        "db_pass: ⟦gr4nite⟧",
        "DBPASS=⟦gr4nite⟧",
        "pass = \"⟦gr4nite⟧\"",
        "pw = \"⟦gr4nite⟧\"",
        "pw: ⟦gr4nite⟧",
        "userPw: \"⟦gr4nite⟧\"",
        "ADMIN_PW=⟦gr4nite⟧",
        "pwd = '⟦gr4nite⟧'",
        "passwd: ⟦gr4nite⟧",
        "root-passwd = ⟦gr4nite⟧",
        "passphrase = \"⟦gr4nite-owl⟧\"",
        "keyPassphrase: \"⟦gr4nite-owl⟧\"",
        "export PGPASSWORD=⟦gr4nite⟧",
        "MYSQL_PWD=⟦gr4nite⟧",
        "PASSWORD_ADMIN=⟦gr4nite⟧",
        "REDISCLI_AUTH=⟦gr4nite0wl9⟧",
        "client_secret=⟦{a24}⟧",
        "clientSecret: ⟦{a24}⟧",
        "CLIENT-SECRET: \"⟦{a24}⟧\"",
        "access_key = \"⟦{a24}⟧\"",
        "accessKey: '⟦{a24}⟧'",
        "SECRET_KEY_BASE=⟦{h64}⟧",
        "secret_key_base: ⟦{h128}⟧",
        "private_token: ⟦{a20}⟧",
        "PRIVATE-TOKEN: ⟦{a20}⟧",
        "privateToken = \"⟦{a20}⟧\"",
        "APP_KEY=⟦base64:{b43}=⟧",
        "API_TOKEN=⟦9f8a7b6c5d4e⟧",
        "spring.datasource.password=⟦gr4nite⟧",
        "jwt.secret.key=⟦{a32}⟧",
        "[db]\npassword = ⟦gr4nite⟧",
        "[db]\npassword = \"⟦gr4nite⟧\"",
        "<password>⟦gr4nite⟧</password>",
        "<password><![CDATA[⟦gr4nite⟧]]></password>",
        "<password encrypted=\"false\">⟦gr4nite⟧</password>",
        "<ApiKey>⟦{a20}⟧</ApiKey>",
        "<server><id>x</id><username>kim</username><password>⟦gr4nite⟧</password></server>",
        "<passphrase>⟦gr4nite⟧</passphrase>",
        "machine example.org login kim password ⟦gr4nite⟧",
        "machine example.org\n  login kim\n  password ⟦gr4nite⟧\n",
        "machine example.org password ⟦gr4nite⟧ login kim",
        "db.example.org:5432:app:kim:⟦gr4nite⟧",
        "*:*:*:kim:⟦gr4nite⟧",
        "//registry.npmjs.org/:_authToken=⟦{h8}-{h4}-{h4}-{h4}-{h12}⟧",
        "//registry.npmjs.org/:_password=⟦Z3I0bml0ZW93bDk=⟧",
        "_auth=⟦a2ltOmdyNG5pdGVvd2w5⟧",
        "[pypi]\nusername = kim\npassword = ⟦gr4nite⟧",
        "{\"auths\": {\"docker.example.org\": {\"auth\": \"⟦a2ltOmdyNG5pdGVvd2w5⟧\"}}}",
        "define('DB_PASSWORD', '⟦gr4nite⟧');",
        "config.pass = '⟦gr4nite⟧'",
        "mot_de_passe = \"⟦gr4nite⟧\"",
        "Kennwort: ⟦gr4nite⟧",
        "requirepass ⟦gr4nite0wl!⟧",
        "var dbPassword string = \"⟦gr4nite⟧\"",
        "#define DB_PASSWORD \"⟦gr4nite⟧\"",
        "variable \"db_password\" {\n  type    = string\n  default = \"⟦gr4nite⟧\"\n}",
        "ENV DB_PASSWORD ⟦gr4nite⟧",
        "setx DB_PASSWORD ⟦gr4nite⟧",
        "| password | ⟦Gr4nite!⟧ |",
        "| api_key | `⟦{h32}⟧` |",
        "password ⟦Gr4nite!⟧",
        "password \"⟦gr4nite⟧\"",
        "passwordDb=\"⟦qZrtBnwKfLmHpX⟧\"",
        "encryption_key: \"⟦/mzKZSVzGUXNnnqHS2wRXXx+6LNKboDQdELGtm4J⟧\"",
    ]);
    check_plain(&[
        "PWD=/home/kim/src2",
        "OLDPWD=/home/kim/src2",
        "bypass = \"gr4nite\"",
        "compass: gr4nite",
        "first_pass_count = \"gr4nite\"",
        "passes: gr4nite",
        "pass: true",
        "pass: 12, fail: 3",
        "let pass = render_pass2;",
        "pwm = \"gr4nite\"",
        "renderPass: shadowPass2",
        "token = self.tokens[12]",
        "SECRET_NAME=gr4nite",
        "#define OBJ_userPassword OBJ_X509,35L",
        "| password | varchar64 |",
        "| token | string32 |",
        "password string2",
        "<a href=\"#dep0010-credentials\" id=\"dep0010-credentials\">",
        "pass a pooled <a href=\"buffer2.html#class-buffer\">",
        "passphrase_bytes = base64.standard_b64decode(passphrase)",
    ]);
}

#[test]
fn commands_are_told_passwords() {
    check(&[
        "mysql -u root -p⟦S3cret⟧ app",
        "mysqldump -h db -uroot -p'⟦S3cret!x⟧' app > x.sql",
        "mysql --user=root --password=⟦S3cret⟧ app",
        "psql-x --password ⟦S3cret9⟧ -h db",
        "tool --db-password '⟦S3cret9⟧'",
        "tool --api-key ⟦{a20}⟧ run",
        "tool --token=⟦{h20}⟧ run",
        "args:\n  - --password\n  - ⟦S3cret9⟧\n",
        "args: [\"--password\", \"⟦S3cret9⟧\"]",
        "args: [\"--password=⟦S3cret9⟧\"]",
        "curl -u kim:⟦S3cret9⟧ https://example.org",
        "curl \\\n  -u 'kim:⟦S3cret9!x⟧' \\\n  https://example.org",
        "curl --user kim:⟦S3cret9⟧ https://example.org",
        "curl -x http://proxy --proxy-user kim:⟦S3cret9⟧ https://example.org",
        "wget --http-password=⟦S3cret9⟧ https://example.org",
        "sshpass -p ⟦S3cret9⟧ ssh kim@host",
        "sshpass -p'⟦S3cret9⟧' ssh kim@host",
        "PGPASSWORD=⟦S3cret⟧ psql -h db",
        "cd x && PGPASSWORD=⟦S3cret⟧ psql -h db",
        "RUN API_TOKEN=⟦{a16}⟧ make",
        "docker run -e DB_PASSWORD=⟦S3cret⟧ -e X=1 image",
        "docker run -e dbPassword=⟦S3cret⟧ image",
        "helm install x --set auth.password=⟦S3cret⟧ y",
        "tool --db.pass ⟦S3cret9⟧ run",
        "password=⟦S3cret!Pass9⟧ ./run",
        "  - DB_PASSWORD=⟦Tr0ub4dor&3⟧",
        "docker login -u kim -p ⟦S3cret9⟧ docker.example.org",
        "docker login --username kim --password ⟦S3cret9⟧",
        "helm registry login -u kim -p ⟦S3cret9⟧ x",
        "redis-cli -h cache -a ⟦S3cret9⟧ ping",
        "curl -H \"X-Api-Key: ⟦{a20}⟧\" https://example.org",
        "curl -H 'X-Auth-Token: ⟦{h16}⟧' https://example.org",
        "openssl rsa -in a -passin pass:⟦S3cret9⟧ -out b",
        "openssl pkcs12 -passout pass:⟦S3cret9⟧",
        "keytool -list -storepass ⟦S3cret9⟧",
        "java -Djavax.net.ssl.keyStorePassword=⟦S3cret9⟧ -jar a.jar",
        "mongo -u kim -p ⟦S3cret9⟧ app",
        "echo \"kim:⟦S3cret9⟧\" | chpasswd",
        "subprocess.run([\"mysql\", \"-p⟦S3cret9⟧\", \"app\"])",
    ]);
    check_plain(&[
        "mysql -u root -p app",
        "mysql -P 3306 -p",
        "docker run -u 1000:1000 image",
        "mkdir -p dir/x1y2",
        "docker login -p",
        "tool --password-stdin < x",
        "tool --password PASSWORD1",
        "tool --token TOKEN",
        "sort -u a:b",
        "--password string2\tthe password",
    ]);
}

#[test]
fn what_is_told_a_server_or_a_reader_is_found() {
    check(&[
        "CREATE USER app WITH PASSWORD '⟦gr4nite⟧';",
        "CREATE USER 'app'@'%' IDENTIFIED BY '⟦gr4nite⟧';",
        "ALTER USER 'a'@'%' IDENTIFIED WITH mysql_native_password BY '⟦gr4nite⟧';",
        "CREATE USER app IDENTIFIED BY ⟦gr4nite9⟧;",
        "$p = ConvertTo-SecureString \"⟦gr4nite⟧\" -AsPlainText -Force",
        "rabbitmqctl add_user kim ⟦gr4nite9⟧",
        "htpasswd -bB .htpasswd kim '⟦gr4nite9⟧'",
        "unzip -P ⟦gr4nite9⟧ a.zip",
        "7z a -p⟦gr4nite9⟧ a.7z b",
        "ssh-keygen -N '⟦gr4nite9⟧' -f x",
        "openssl enc -aes-256-cbc -k ⟦gr4nite9⟧ -in x",
        "echo '⟦gr4nite9⟧' | sudo -S ls",
        "echo \"⟦gr4nite9⟧\" | docker login --password-stdin",
        "process.env.DB_PASSWORD || '⟦gr4nite9⟧'",
        "${DB_PASSWORD:-⟦gr4nite9⟧}",
        "password: ${DB_PASSWORD:⟦gr4nite9⟧}",
        "psk=\"⟦gr4nite9owl⟧\"",
        "Authorization: Token ⟦{h40}⟧",
        "-H \"Authorization: ApiKey ⟦{a32}⟧\"",
        "Passwort: ⟦Gr4nite9⟧",
        "The password is: ⟦Gr4nite9!⟧",
        "My password is ⟦Gr4nite9!⟧.",
        "login: kim / password: ⟦Gr4nite9!⟧",
        "db.password = ⟦Gr4nite9⟧;",
        "password := []byte(\"⟦gr4nite⟧\")",
        "kubectl create secret generic x --from-literal=password=⟦gr4nite9⟧ -n y",
        "mount -o username=kim,password=⟦gr4nite9⟧ //x /y",
        "<Password Value=\"⟦gr4nite⟧\"/>",
    ]);
    check_plain(&[
        "The map identified by *map_fd* is bound to the program",
        "unzip -p archive9.zip file",
        "let secret_expander =\n    TLS13_CHACHA20_POLY1305_SHA256_INTERNAL",
        "The password is stored2 elsewhere.",
        "process.env.PASSWORD || getPassword2()",
        "${PASSWORD:-$OTHER_PW1}",
        "the user password 'field2' is required",
    ]);
}

#[test]
fn tokens_are_known_by_their_shape() {
    check(&[
        "x ⟦MT¦A1{a21}.G¦{a5}.{a38}⟧ y",
        "bot.run(\"⟦NT¦c1{a21}.X¦{a5}.{a27}⟧\")",
        "https://⟦discord.com/api/¦webhooks/123456789012345678/{a68}⟧",
        "https://⟦discordapp.com/api/¦webhooks/123456789012345678/{a68}⟧",
        "https://⟦hooks.slack.com/¦services/T{u8}/B{u8}/{a24}⟧",
        "x ⟦xox¦b-123456789012-{a24}⟧",
        "x ⟦xox¦p-123456789012-{a24}⟧",
        "x ⟦xox¦a-2-123456789012-{a24}⟧",
        "x ⟦xox¦r-123456789012-{a24}⟧",
        "x ⟦xox¦s-123456789012-{a24}⟧",
        "x ⟦xox¦o-123456789012-{a24}⟧",
        "x ⟦xox¦c-123456789012-{a24}⟧",
        "x ⟦xox¦d-{a60}⟧",
        "x ⟦xox¦e-1-{a60}⟧",
        "x ⟦xox¦e.xox¦p-1-{a60}⟧",
        "x ⟦xap¦p-1-A{u8}-{a40}⟧",
        "https://x.blob.core.windows.net/c?sv=2022-11-02&sp=r&sig=⟦{a20}%2F{a22}%3D⟧",
        "?sv=2022-11-02&sig=⟦{a43}=⟧&se=2030",
        "SharedAccessSignature sr=x&sig=⟦{a43}%3d⟧&se=1",
        "https://x.s3.amazonaws.com/a?X-Amz-Signature=⟦{h64}⟧&x=1",
        "https://storage.googleapis.com/a?X-Goog-Signature=⟦{h256}⟧",
        "x ⟦gh¦p_{a36}⟧",
        "x ⟦gh¦o_{a36}⟧",
        "x ⟦gh¦s_{a36}⟧",
        "x ⟦gh¦u_{a36}⟧",
        "x ⟦gh¦r_{a36}⟧",
        "x ⟦github¦_pat_{a22}_{a59}⟧",
        "x ⟦glp¦at-{a20}⟧",
        "x ⟦glr¦t-{a20}⟧",
        "x ⟦glpt¦t-{h40}⟧",
        "x ⟦GR¦1348941{a20}⟧",
        "x ⟦np¦m_{a36}⟧",
        "x ⟦pypi¦-AgEIcHlwaS5vcmc{a90}⟧",
        "x ⟦pypi¦-AgENdGVzdC5weXBpLm9yZw{a90}⟧",
        "x ⟦sk¦_live_{a24}⟧",
        "x ⟦rk¦_live_{a24}⟧",
        "x ⟦whs¦ec_{a32}⟧",
        "x ⟦S¦G.{a22}.{a43}⟧",
        "x ⟦S¦K{h32}⟧",
        "TWILIO_AUTH_TOKEN=⟦{h32}⟧",
        "x ⟦7123456789:A¦A{a33}⟧",
        "x ⟦sk¦-{a20}T3Blbk¦FJ{a20}⟧",
        "x ⟦sk¦-proj-{a100}⟧",
        "x ⟦sk¦-ant-api03-{a93}AA⟧",
        "x ⟦sk¦-ant-admin01-{a93}AA⟧",
        "x ⟦AI¦za{a35}⟧",
        "x ⟦ya2¦9.{a60}⟧",
        "x ⟦1¦//0{a60}⟧",
        "x ⟦GOC¦SPX-{a28}⟧",
        "x ⟦h¦f_{a34}⟧",
        "x ⟦dop¦_v1_{h64}⟧",
        "x ⟦da¦pi{h32}⟧",
        "x ⟦da¦pi{h32}-2⟧",
        "x ⟦hv¦s.{a90}⟧",
        "x ⟦hv¦b.{a90}⟧",
        "x ⟦AGE-SECRET¦-KEY-1{u58}⟧",
        "x ⟦ey¦JhbGciOiJIUzI1NiJ9.ey¦JzdWIiOiIxMjM0In0.{a43}⟧",
        "x ⟦{a3}8Q~{a34}⟧",
        "x ⟦{a14}.atlasv1.{a60}⟧",
    ]);
    check_plain(&[
        "sig=abc",
        "MTAyMzQ1",
        "https://example.org/?sig=title",
        "1//0",
        "The interest of Nzinga.",
    ]);
}

#[test]
fn keys_in_files_of_any_kind_are_found() {
    let mut dice = Dice(0x0123_4567_89ab_cdef);
    let body: Vec<_> = (0..6).map(|_| dice.roll(BASE64, 64)).collect();
    let body = body.join("\n");
    for kind in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "ANY PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "SSH2 ENCRYPTED PRIVATE KEY",
    ] {
        for dashes in ["-----", "---- "] {
            let close = dashes.trim().chars().rev().collect::<String>();
            let space = if dashes.ends_with(' ') { " " } else { "" };
            let text = format!(
                "a\n{dashes}BEGIN {kind}{space}{close}\n{body}\n{dashes}END {kind}{space}{close}\nb\n"
            );
            let found = find(&text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(text[..found[0].range.start].trim(), "a", "{text}");
            assert_eq!(text[found[0].range.end..].trim(), "b", "{text}");
        }
    }
    let putty = format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nPublic-Lines: 6\n{body}\nPrivate-Lines: 6\n{}\nPrivate-MAC: {}\n",
        body.to_lowercase(),
        dice.roll(HEX, 64)
    );
    let found = find(&putty);
    assert_eq!(found.len(), 1, "{putty}");
    assert_eq!(putty[found[0].range.clone()], body.to_lowercase());
}

/// Whatever a text was cut to, nothing is looked at beyond its end.
#[test]
fn a_text_may_end_anywhere() {
    for text in [
        "x: {\"name\": \"DB_PASS\", \"value\": \"gr4nite\"}",
        "{\\\"name\\\": \\\"DB_PASS\\\", \\\"value\\\": \\\"gr4nite\\\"}",
        "items:\n- apiVersion: v1\n  data:\n    a: YXBwLWdyNG5pdGU=\n  kind: Secret\n",
        "{\"kind\": \"Secret\", \"data\": {\"a\": \"YXBwLWdyNG5pdGU=\"}}",
        "kind: Secret\nstringData:\n  conf: |\n    line gr\u{e4}nite\n",
        "var passw\u{e4} password string = \"gr4nite\u{e4}\"",
        "host=db user=x password='my gr4nite owl' dbname=y",
        "Server=db;Uid=sa;Pwd={gr4;nite};",
        "mysqldump -h db -uroot -p'S3cret!x' app > x.sql",
        "curl \\\n  -u 'kim:S3cret9!x' \\\n  https://example.org",
        "echo \"kim:S3cret9\" | chpasswd",
        "db.example.org:5432:app:kim:gr4nite",
        "jdbc:oracle:thin:app/gr4nite@db:1521/x",
        "app:gr4nite@tcp(db:3306)/app",
        "http://app:gr4/ni#te@proxy.example.org:3128",
        "MTA1zM6Omru5wvFxYROCGxa7d.GXoSHG.XjNMLWL4nah0C56kMatKKL0ixja1zydt",
        "<password encrypted=\"false\"><![CDATA[gr4nite]]></password>",
        "| password | Gr4nite! |",
        "variable \"db_password\" {\n  default = \"gr4nite\"\n}",
    ] {
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            for part in [&text[..at], &text[at..]] {
                for hit in find(part) {
                    assert!(part.get(hit.range.clone()).is_some(), "{part}: {hit:?}");
                }
            }
        }
    }
}
