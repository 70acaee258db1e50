using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Store.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Alarms",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    RaisedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Alarms", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "AnnouncementReadings",
                columns: table => new
                {
                    AnnouncementId = table.Column<long>(type: "INTEGER", nullable: false),
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    ReadAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AnnouncementReadings", x => new { x.UserId, x.AnnouncementId });
                });

            migrationBuilder.CreateTable(
                name: "Announcements",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Title = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    Body = table.Column<string>(type: "TEXT", nullable: false),
                    PublishedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Importance = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false, defaultValue: "Normal"),
                    EndsAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Announcements", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Companies",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Number = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    AuthenticationMethod = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    MaxUsers = table.Column<int>(type: "INTEGER", nullable: false, defaultValue: 100)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Companies", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "DeadAddresses",
                columns: table => new
                {
                    Address = table.Column<string>(type: "TEXT", maxLength: 254, nullable: false),
                    Answer = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    RefusedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DeadAddresses", x => x.Address);
                });

            migrationBuilder.CreateTable(
                name: "HistoryRecords",
                columns: table => new
                {
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    Format = table.Column<int>(type: "INTEGER", nullable: false),
                    RecordNumber = table.Column<long>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: true),
                    UserId = table.Column<long>(type: "INTEGER", nullable: true),
                    LoginId = table.Column<string>(type: "TEXT", nullable: true),
                    Source = table.Column<string>(type: "TEXT", nullable: false),
                    Operation = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Result = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    TargetUserId = table.Column<long>(type: "INTEGER", nullable: true),
                    TargetLoginId = table.Column<string>(type: "TEXT", nullable: true),
                    SerialNumber = table.Column<string>(type: "TEXT", nullable: true),
                    Detail = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Value = table.Column<string>(type: "TEXT", nullable: true),
                    ReceiptNumber = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    Count = table.Column<int>(type: "INTEGER", nullable: false),
                    PreviousHash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    Hash = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_HistoryRecords", x => x.Sequence);
                });

            migrationBuilder.CreateTable(
                name: "Installations",
                columns: table => new
                {
                    Id = table.Column<int>(type: "INTEGER", nullable: false),
                    Key = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    EverHeldDemoBank = table.Column<bool>(type: "INTEGER", nullable: false),
                    EverRanOnShiftedClock = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Installations", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "IssueIntents",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    SerialNumber = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    IssuerKeyIdentifier = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    PublicKeySha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    NotAfter = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    AbandonedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    AbandonedSequence = table.Column<long>(type: "INTEGER", nullable: true),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_IssueIntents", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "MailProgress",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_MailProgress", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "OutboxMails",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    RecipientId = table.Column<long>(type: "INTEGER", nullable: false),
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: true),
                    OwnerId = table.Column<long>(type: "INTEGER", nullable: true),
                    CertificateId = table.Column<long>(type: "INTEGER", nullable: true),
                    Stage = table.Column<int>(type: "INTEGER", nullable: true),
                    Address = table.Column<string>(type: "TEXT", maxLength: 254, nullable: false),
                    Key = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    MailNumber = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Subject = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    Text = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    NextAttemptAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    SentAt = table.Column<long>(type: "INTEGER", nullable: true),
                    FailedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    WithdrawnAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LastError = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_OutboxMails", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "PasswordAttempts",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Key = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    Path = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    UserId = table.Column<long>(type: "INTEGER", nullable: true),
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: true),
                    Failures = table.Column<int>(type: "INTEGER", nullable: false),
                    LastAttemptAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LockedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PasswordAttempts", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "PastUsers",
                columns: table => new
                {
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    UntilSequence = table.Column<long>(type: "INTEGER", nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    MailAddress = table.Column<string>(type: "TEXT", maxLength: 254, nullable: false),
                    Role = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    IsSuspended = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsDeleted = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PastUsers", x => new { x.UserId, x.UntilSequence });
                });

            migrationBuilder.CreateTable(
                name: "PublishedCrls",
                columns: table => new
                {
                    IssuerKeyIdentifier = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    UpTo = table.Column<long>(type: "INTEGER", nullable: false),
                    BuiltAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ThisUpdate = table.Column<long>(type: "INTEGER", nullable: false),
                    NextUpdate = table.Column<long>(type: "INTEGER", nullable: false),
                    Entries = table.Column<int>(type: "INTEGER", nullable: false),
                    Der = table.Column<byte[]>(type: "BLOB", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PublishedCrls", x => new { x.IssuerKeyIdentifier, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "RecentOperations",
                columns: table => new
                {
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    Function = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    OpenedAt = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RecentOperations", x => new { x.UserId, x.Function });
                });

            migrationBuilder.CreateTable(
                name: "SchemaFloors",
                columns: table => new
                {
                    Id = table.Column<int>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    OldestReader = table.Column<int>(type: "INTEGER", nullable: false),
                    OldestWriter = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_SchemaFloors", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "ActivationLetters",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: false),
                    Account = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    Code = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    IssuedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ExpiresAt = table.Column<long>(type: "INTEGER", nullable: false),
                    UsedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    UsedByUserId = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ActivationLetters", x => x.Id);
                    table.ForeignKey(
                        name: "FK_ActivationLetters_Companies_CompanyId",
                        column: x => x.CompanyId,
                        principalTable: "Companies",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "CompanySizes",
                columns: table => new
                {
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: false),
                    Users = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CompanySizes", x => x.CompanyId);
                    table.ForeignKey(
                        name: "FK_CompanySizes_Companies_CompanyId",
                        column: x => x.CompanyId,
                        principalTable: "Companies",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "LoginIdApplications",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    LetterId = table.Column<long>(type: "INTEGER", nullable: false),
                    TokenHash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    OpenedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ExpiresAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LoginId = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    Name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    MailAddress = table.Column<string>(type: "TEXT", maxLength: 254, nullable: true),
                    LoginPassword = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    ConfirmationPassword = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    DoneAt = table.Column<long>(type: "INTEGER", nullable: true),
                    UserId = table.Column<long>(type: "INTEGER", nullable: true),
                    ReceiptNumber = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_LoginIdApplications", x => x.Id);
                    table.ForeignKey(
                        name: "FK_LoginIdApplications_ActivationLetters_LetterId",
                        column: x => x.LetterId,
                        principalTable: "ActivationLetters",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "CertificateRevocations",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    ReceiptNumber = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Submission = table.Column<Guid>(type: "TEXT", nullable: false),
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: true),
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    SerialNumber = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    RevokedBy = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    RevokedByName = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    RevokedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    SessionsEnded = table.Column<int>(type: "INTEGER", nullable: false),
                    Suspended = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_CertificateRevocations", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Certificates",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    IssuerKeyIdentifier = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    SerialNumber = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    Sha256Fingerprint = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    PublicKeySha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    Der = table.Column<byte[]>(type: "BLOB", nullable: false),
                    NotBefore = table.Column<long>(type: "INTEGER", nullable: false),
                    NotAfter = table.Column<long>(type: "INTEGER", nullable: false),
                    IssuedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    IssuedSequence = table.Column<long>(type: "INTEGER", nullable: false),
                    FirstUsedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    RevokedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    RevokedSequence = table.Column<long>(type: "INTEGER", nullable: true),
                    RevokedBy = table.Column<string>(type: "TEXT", maxLength: 256, nullable: true),
                    Reason = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Certificates", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Users",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: true),
                    LoginId = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    CanonicalLoginId = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    MailAddress = table.Column<string>(type: "TEXT", maxLength: 254, nullable: false),
                    Role = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    LoginPassword = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    ConfirmationPassword = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    LoginPasswordVersion = table.Column<int>(type: "INTEGER", nullable: false),
                    ConfirmationPasswordVersion = table.Column<int>(type: "INTEGER", nullable: false),
                    OneTimePasswordExpiresAt = table.Column<long>(type: "INTEGER", nullable: true),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    SuspendedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    DeletedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    CurrentCertificateId = table.Column<long>(type: "INTEGER", nullable: true),
                    CertificateNotAfter = table.Column<long>(type: "INTEGER", nullable: true),
                    CertificateRevokedAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Users", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Users_Certificates_CurrentCertificateId",
                        column: x => x.CurrentCertificateId,
                        principalTable: "Certificates",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Users_Companies_CompanyId",
                        column: x => x.CompanyId,
                        principalTable: "Companies",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "Sessions",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    TokenHash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    CertificateId = table.Column<long>(type: "INTEGER", nullable: true),
                    CertificateFingerprint = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    Source = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    UserAgent = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    StartedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    LastActiveAt = table.Column<long>(type: "INTEGER", nullable: false),
                    OwesRenewalAnswer = table.Column<bool>(type: "INTEGER", nullable: false),
                    EndedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    EndReason = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Sessions", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Sessions_Users_UserId",
                        column: x => x.UserId,
                        principalTable: "Users",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "UserOperations",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    ReceiptNumber = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    Submission = table.Column<Guid>(type: "TEXT", nullable: false),
                    Kind = table.Column<string>(type: "TEXT", maxLength: 20, nullable: false),
                    CompanyId = table.Column<long>(type: "INTEGER", nullable: true),
                    UserId = table.Column<long>(type: "INTEGER", nullable: false),
                    LoginId = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    Name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    MailAddress = table.Column<string>(type: "TEXT", maxLength: 254, nullable: false),
                    By = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    ByName = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    SessionsEnded = table.Column<int>(type: "INTEGER", nullable: false),
                    SerialNumbers = table.Column<string>(type: "TEXT", maxLength: 400, nullable: true),
                    Detail = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    InitialPasswordExpiresAt = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_UserOperations", x => x.Id);
                    table.ForeignKey(
                        name: "FK_UserOperations_Users_UserId",
                        column: x => x.UserId,
                        principalTable: "Users",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.InsertData(
                table: "SchemaFloors",
                columns: new[] { "Id", "OldestReader", "OldestWriter", "Version" },
                values: new object[] { 1, 1, 1, 1 });

            migrationBuilder.CreateIndex(
                name: "IX_ActivationLetters_CompanyId",
                table: "ActivationLetters",
                column: "CompanyId");

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_Kind_Subject",
                table: "Alarms",
                columns: new[] { "Kind", "Subject" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_RaisedAt_Kind",
                table: "Alarms",
                columns: new[] { "RaisedAt", "Kind" });

            migrationBuilder.CreateIndex(
                name: "IX_Announcements_PublishedAt",
                table: "Announcements",
                column: "PublishedAt");

            migrationBuilder.CreateIndex(
                name: "IX_CertificateRevocations_ReceiptNumber",
                table: "CertificateRevocations",
                column: "ReceiptNumber",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_CertificateRevocations_Submission",
                table: "CertificateRevocations",
                column: "Submission",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedAt",
                table: "Certificates",
                columns: new[] { "IssuerKeyIdentifier", "RevokedAt" },
                filter: "\"RevokedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_IssuerKeyIdentifier_RevokedSequence",
                table: "Certificates",
                columns: new[] { "IssuerKeyIdentifier", "RevokedSequence" },
                filter: "\"RevokedSequence\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_PublicKeySha256",
                table: "Certificates",
                column: "PublicKeySha256");

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_SerialNumber",
                table: "Certificates",
                column: "SerialNumber",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Certificates_UserId",
                table: "Certificates",
                column: "UserId");

            migrationBuilder.CreateIndex(
                name: "IX_Companies_Number",
                table: "Companies",
                column: "Number",
                unique: true);

            // The narrow indexes of the history come last: where two cost the same, SQLite takes the one that was made later.
            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_RecordNumber",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "RecordNumber" });

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_At_Sequence_UserId_Operation_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "At", "Sequence", "UserId", "Operation", "Result" });

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_UserId_At_Sequence_Operation_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "UserId", "At", "Sequence", "Operation", "Result" });

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_At_Sequence_Operation_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "At", "Sequence", "Operation", "Result" },
                filter: "\"Result\" = 'Refused'");

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_Operation_At_Sequence_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "Operation", "At", "Sequence", "Result" },
                filter: "\"Operation\" <> 'Login'");

            migrationBuilder.CreateIndex(
                name: "IX_IssueIntents_IssuerKeyIdentifier_AbandonedSequence",
                table: "IssueIntents",
                columns: new[] { "IssuerKeyIdentifier", "AbandonedSequence" },
                filter: "\"AbandonedSequence\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_IssueIntents_PublicKeySha256",
                table: "IssueIntents",
                column: "PublicKeySha256");

            migrationBuilder.CreateIndex(
                name: "IX_IssueIntents_SerialNumber",
                table: "IssueIntents",
                column: "SerialNumber",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_LoginIdApplications_LetterId",
                table: "LoginIdApplications",
                column: "LetterId");

            migrationBuilder.CreateIndex(
                name: "IX_LoginIdApplications_TokenHash",
                table: "LoginIdApplications",
                column: "TokenHash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_CertificateId_RecipientId_Stage",
                table: "OutboxMails",
                columns: new[] { "CertificateId", "RecipientId", "Stage" },
                unique: true,
                filter: "\"Stage\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_CompanyId_CreatedAt",
                table: "OutboxMails",
                columns: new[] { "CompanyId", "CreatedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_Key",
                table: "OutboxMails",
                column: "Key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_MailNumber",
                table: "OutboxMails",
                column: "MailNumber",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_NextAttemptAt",
                table: "OutboxMails",
                column: "NextAttemptAt",
                filter: "\"SentAt\" IS NULL AND \"FailedAt\" IS NULL AND \"WithdrawnAt\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_OutboxMails_RecipientId_CreatedAt",
                table: "OutboxMails",
                columns: new[] { "RecipientId", "CreatedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_PasswordAttempts_CompanyId",
                table: "PasswordAttempts",
                column: "CompanyId",
                filter: "\"LockedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_PasswordAttempts_Key_Path",
                table: "PasswordAttempts",
                columns: new[] { "Key", "Path" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_PublishedCrls_IssuerKeyIdentifier_UpTo",
                table: "PublishedCrls",
                columns: new[] { "IssuerKeyIdentifier", "UpTo" });

            migrationBuilder.CreateIndex(
                name: "IX_Sessions_TokenHash",
                table: "Sessions",
                column: "TokenHash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Sessions_UserId_EndedAt",
                table: "Sessions",
                columns: new[] { "UserId", "EndedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_UserOperations_ReceiptNumber",
                table: "UserOperations",
                column: "ReceiptNumber",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_UserOperations_Submission",
                table: "UserOperations",
                column: "Submission",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Users_CanonicalLoginId",
                table: "Users",
                column: "CanonicalLoginId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Users_CertificateNotAfter",
                table: "Users",
                column: "CertificateNotAfter");

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_CanonicalLoginId_Name_Role_CertificateNotAfter_CertificateRevokedAt_SuspendedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "CanonicalLoginId", "Name", "Role", "CertificateNotAfter", "CertificateRevokedAt", "SuspendedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_CertificateNotAfter_CertificateRevokedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "CertificateNotAfter", "CertificateRevokedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_CertificateRevokedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "CertificateRevokedAt" },
                filter: "\"CertificateRevokedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_DeletedAt_Name_CanonicalLoginId_SuspendedAt",
                table: "Users",
                columns: new[] { "CompanyId", "DeletedAt", "Name", "CanonicalLoginId", "SuspendedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Users_CompanyId_Role",
                table: "Users",
                columns: new[] { "CompanyId", "Role" });

            migrationBuilder.AddForeignKey(
                name: "FK_CertificateRevocations_Users_UserId",
                table: "CertificateRevocations",
                column: "UserId",
                principalTable: "Users",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "FK_Certificates_Users_UserId",
                table: "Certificates",
                column: "UserId",
                principalTable: "Users",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_Users_Companies_CompanyId",
                table: "Users");

            migrationBuilder.DropForeignKey(
                name: "FK_Certificates_Users_UserId",
                table: "Certificates");

            migrationBuilder.DropTable(
                name: "Alarms");

            migrationBuilder.DropTable(
                name: "AnnouncementReadings");

            migrationBuilder.DropTable(
                name: "Announcements");

            migrationBuilder.DropTable(
                name: "CertificateRevocations");

            migrationBuilder.DropTable(
                name: "CompanySizes");

            migrationBuilder.DropTable(
                name: "DeadAddresses");

            migrationBuilder.DropTable(
                name: "HistoryRecords");

            migrationBuilder.DropTable(
                name: "Installations");

            migrationBuilder.DropTable(
                name: "IssueIntents");

            migrationBuilder.DropTable(
                name: "LoginIdApplications");

            migrationBuilder.DropTable(
                name: "MailProgress");

            migrationBuilder.DropTable(
                name: "OutboxMails");

            migrationBuilder.DropTable(
                name: "PasswordAttempts");

            migrationBuilder.DropTable(
                name: "PastUsers");

            migrationBuilder.DropTable(
                name: "PublishedCrls");

            migrationBuilder.DropTable(
                name: "RecentOperations");

            migrationBuilder.DropTable(
                name: "SchemaFloors");

            migrationBuilder.DropTable(
                name: "Sessions");

            migrationBuilder.DropTable(
                name: "UserOperations");

            migrationBuilder.DropTable(
                name: "ActivationLetters");

            migrationBuilder.DropTable(
                name: "Companies");

            migrationBuilder.DropTable(
                name: "Users");

            migrationBuilder.DropTable(
                name: "Certificates");
        }
    }
}
