//! The words that describe an item.

use base::words;

words! {
    /// What sort of work it is.
    Kind {
        Epic = "epic",
        Feature = "feature",
        Story = "story",
        Task = "task",
        Bug = "bug",
        /// A question with a time box.
        Spike = "spike",
        /// An experiment, seen as work.
        Hypothesis = "hypothesis",
        Data = "data",
        Training = "training",
        Evaluation = "evaluation",
        Serving = "serving",
        Prompt = "prompt",
        Enabler = "enabler",
        Risk = "risk",
        /// What a meeting decided that someone will do.
        Action = "action",
    }
}

impl Kind {
    /// How far up it stands. An item lies under one of a greater level.
    pub fn level(self) -> u8 {
        match self {
            Self::Epic => 4,
            Self::Feature => 3,
            Self::Story | Self::Enabler | Self::Hypothesis | Self::Risk => 2,
            Self::Task | Self::Action => 0,
            _ => 1,
        }
    }

    /// With its article, for a sentence.
    pub fn phrase(self) -> String {
        match self {
            Self::Data => "a data item".to_owned(),
            Self::Training => "a training item".to_owned(),
            Self::Serving => "a serving item".to_owned(),
            Self::Epic | Self::Evaluation | Self::Enabler | Self::Action => format!("an {self}"),
            _ => format!("a {self}"),
        }
    }
}

words! {
    Priority {
        Urgent = "urgent",
        High = "high",
        Medium = "medium",
        Low = "low",
        None = "none",
    }
}

impl Priority {
    /// 1 to 5, as it is stored: the most urgent first.
    pub(crate) fn number(self) -> i64 {
        self as i64 + 1
    }

    pub(super) fn numbered(number: i64) -> base::Result<Self> {
        let found = usize::try_from(number - 1).ok().and_then(|place| Self::ALL.get(place));
        found.copied().ok_or_else(|| base::refuse::internal(format!("{number} is no priority")))
    }
}

words! {
    /// What cause and effect are like here (Cynefin).
    Domain {
        Clear = "clear",
        Complicated = "complicated",
        /// Known only in hindsight: a hypothesis or a spike comes first.
        Complex = "complex",
        Chaotic = "chaotic",
    }
}

words! {
    /// How the item is treated in the flow.
    Class {
        Expedite = "expedite",
        FixedDate = "fixed_date",
        Standard = "standard",
        Intangible = "intangible",
    }
}

words! {
    /// Which Definition of Done it is held to.
    DoneProfile {
        Data = "data",
        Feature = "feature",
        Training = "training",
        Evaluation = "evaluation",
        Serving = "serving",
        Prompt = "prompt",
        RagIndex = "rag_index",
        Spike = "spike",
        Monitoring = "monitoring",
        FeedbackFix = "feedback_fix",
    }
}
